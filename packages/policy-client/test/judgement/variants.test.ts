import { describe, expect, it } from 'vitest';
import { testConstitution } from '../../src/index.js';
import { type Texts, textsWith, toFiles } from '../support/files.js';
import { load, refusal } from '../support/problems.js';
import { agent, never, request } from '../support/requests.js';

const open = '@id("all") permit (principal, action, resource);\n';
const strict = `${open}@id("no-commands") forbid (principal, action == Action::"send", resource) when { context.messageType == "command" };\n`;

const half = 'variants: { strict: { share: 0.5 } }\n';

const withVariant = async (more: Texts = {}, manifest = half): Promise<Texts> => ({
  ...(await textsWith(open, manifest)),
  'variants/strict/policies/own.cedar': strict,
  ...more,
});

const inConversation = (conversationId: string | undefined, sender = agent('acme', 'planner')) => {
  const plain = request({ sender, type: 'command' });
  return { ...plain, message: { ...plain.message, ...(conversationId === undefined ? {} : { conversationId }) } };
};

const places = (count: number) => Array.from({ length: count }, (_, number) => `conversation-${number}`);

describe('variants of a constitution', () => {
  it('judge their share of the conversations, and the verdict names them', async () => {
    await using constitution = await load(await withVariant());
    const verdicts = await Promise.all(places(2000).map(async (id) => constitution.judge(inConversation(id), never)));
    const strictly = verdicts.filter(({ variant }) => variant === 'strict');
    expect(strictly.length / verdicts.length).toBeGreaterThan(0.45);
    expect(strictly.length / verdicts.length).toBeLessThan(0.55);
    expect(new Set(strictly.map(({ effect, policies }) => `${effect} ${policies.join()}`))).toEqual(
      new Set(['deny no-commands']),
    );
    const others = verdicts.filter(({ variant }) => variant === undefined);
    expect(new Set(others.map(({ effect, policies }) => `${effect} ${policies.join()}`))).toEqual(
      new Set(['allow all']),
    );
  });

  it('keep a conversation together, whoever speaks in it and whatever was judged before', async () => {
    await using constitution = await load(await withVariant());
    const choices = (sender: string) =>
      places(200).map((id) => constitution.variantOf(inConversation(id, agent('acme', sender)).message));
    expect(choices('worker')).toEqual(choices('planner'));
    await using again = await load(await withVariant());
    expect(places(200).map((id) => again.variantOf(inConversation(id).message))).toEqual(choices('planner'));
  });

  it('keep a sender together where there is no conversation', async () => {
    await using constitution = await load(await withVariant());
    const senders = places(100).map((id) => agent('acme', id));
    const choices = senders.map((sender) => constitution.variantOf(inConversation(undefined, sender).message));
    expect(new Set(choices)).toEqual(new Set(['strict', undefined]));
    expect(senders.map((sender) => constitution.variantOf(inConversation(undefined, sender).message))).toEqual(choices);
  });

  it('are shared out anew by every other constitution', async () => {
    await using constitution = await load(await withVariant());
    await using other = await load(await withVariant({ 'notes.md': 'Another byte.' }));
    const choices = (of: typeof constitution) => places(200).map((id) => of.variantOf(inConversation(id).message));
    expect(choices(other)).not.toEqual(choices(constitution));
  });

  it('are in the one hash, and remember answers apart', async () => {
    await using constitution = await load(await withVariant());
    await using changed = await load(await withVariant({ 'variants/strict/policies/own.cedar': `${strict}\n` }));
    expect(changed.hash).not.toBe(constitution.hash);
    const [one, another] = [undefined, 'strict'].map(
      (variant) => places(200).find((id) => constitution.variantOf(inConversation(id).message) === variant) ?? '',
    );
    const effects: string[] = [];
    for (const id of [one, another, one, another]) {
      effects.push((await constitution.judge(inConversation(id), never)).effect);
    }
    expect(effects).toEqual(['allow', 'deny', 'allow', 'deny']);
  });

  const tests = (of: string) => `tests:
  - name: commands ${of}
    sender: { tenant: acme, id: a }
    recipient: { tenant: acme, id: b }
    message: { type: command }
    ${of === 'strict' ? 'variant: strict' : ''}
    expect: { verdict: ${of === 'strict' ? 'deny' : 'allow'}, reasons: [${of === 'strict' ? 'no-commands' : 'all'}] }
`;

  it('are tested when they are loaded', async () => {
    const texts = await withVariant({ 'tests/own.yaml': tests('own'), 'tests/strict.yaml': tests('strict') });
    await using _ = await load(texts);
    const { outcomes, coverage } = await testConstitution(toFiles(texts));
    expect(outcomes.map(({ passed }) => passed)).toEqual([true, true]);
    expect(coverage).toContainEqual({ policy: 'no-commands', tests: 1 });
    const wrong = {
      ...texts,
      'variants/strict/policies/own.cedar': `${open}@id("other") ${open.replace('@id("all") ', '')}`,
    };
    expect((await refusal(load(wrong))).code).toBe('CONSTITUTION_TESTS_FAILED');
  });

  it('need a test of their own where tests are required', async () => {
    const texts = await withVariant({ 'tests/own.yaml': tests('own') });
    const manifest = (texts['manifest.yaml'] ?? '').replace('tests: optional', 'tests: required');
    const { problems } = await refusal(load({ ...texts, 'manifest.yaml': manifest }));
    expect(problems).toEqual([{ file: 'tests', message: 'has no test of the variant strict (variant: strict).' }]);
  });

  it('are refused with the place of what is wrong with them', async () => {
    const problemsOf = async (texts: Texts) => (await refusal(load(texts))).problems;
    const broken = await withVariant({ 'variants/strict/policies/own.cedar': 'permit (principal, action' });
    expect((await problemsOf(broken))[0]).toMatchObject({ file: 'variants/strict/policies/own.cedar', line: 1 });
    const nothing = await withVariant({ 'variants/strict/policies/other.cedar': open });
    expect(await problemsOf(nothing)).toEqual([
      { file: 'variants/strict/policies/other.cedar', message: 'replaces nothing: there is no policies/other.cedar.' },
    ]);
    const unnamed = await withVariant({ 'variants/lax/policies/own.cedar': open });
    expect((await problemsOf(unnamed))[0]?.message).toContain('lax');
    const data = await withVariant({ 'variants/strict/data/a.json': '{}' });
    expect((await problemsOf(data))[0]?.message).toContain('only policies/');
    expect(await problemsOf(await textsWith(open, half))).toEqual([
      { file: 'variants/strict', message: 'has no policies, so that it is no variant.' },
    ]);
    const tests = {
      'tests/a.yaml':
        'tests:\n  - { name: x, sender: { tenant: a, id: a }, everyone: true, message: { type: query }, variant: lax, expect: { verdict: allow } }\n',
    };
    expect((await problemsOf(await withVariant(tests)))[0]?.message).toContain('There is no variant lax.');
  });
});
