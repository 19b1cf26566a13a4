import { ManualClock, type ScreenReading, type Verdict } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { type Constitution, constitutionSchema, type ScreenReader } from '../../src/index.js';
import { toFiles } from '../support/files.js';
import { load, refusal } from '../support/problems.js';
import { never, request } from '../support/requests.js';

const texts = {
  'manifest.yaml': `format: charterbus.constitution/1
name: screened
revision: 1
engine: cedar
tests: optional
facts:
  screens: { injection: prompt-injection, secrets: secrets }
  send:
    injection_score: screens.injection.score
    injection_categories: screens.injection.categories
  receive:
    secret_score: { value: screens.secrets.score, redact: true }
`,
  'policies/a.cedar': `@id("plain") permit (principal, action, resource)
when { !(action in Action::"send") || context.injection_score < 60 };
@id("doubtful") @escalate("reader") permit (principal, action in Action::"send", resource)
when { context.injection_score >= 60 };
@id("injected") forbid (principal, action in Action::"send", resource)
when { context.injection_score >= 80 || context.injection_categories.contains("exfiltration") };
@id("secret") forbid (principal, action == Action::"receive", resource) when { context.secret_score >= 50 };
`,
};

const reading = (score: number, ...categories: readonly string[]): ScreenReading => ({ score, categories });
const clean = reading(0);

const judge = async (
  constitution: Constitution,
  screens: ScreenReader | undefined,
  point: 'send' | 'receive' = 'send',
): Promise<Verdict> => {
  const asked = request({ point });
  const facts = await constitution.gatherFacts({ ...asked, ...(screens === undefined ? {} : { screens }) }, never);
  return constitution.judge({ ...asked, facts }, never);
};

describe('a constitution that reads screens', () => {
  it('says which', async () => {
    await using constitution = await load(texts);
    expect([...constitution.screens]).toEqual(['prompt-injection', 'secrets']);
    await using none = await load({
      'manifest.yaml': 'format: charterbus.constitution/1\nname: none\nrevision: 1\nengine: cedar\ntests: optional\n',
      'policies/a.cedar': '@id("a") permit (principal, action, resource);',
    });
    expect([...none.screens]).toEqual([]);
  });

  it('denies, escalates or allows by the score, and by the categories, each time rightly from its cache', async () => {
    await using constitution = await load(texts);
    const scores = [0, 59, 60, 79, 80, 100];
    const effects = ['allow', 'allow', 'escalate', 'escalate', 'deny', 'deny'];
    for (const [at, score] of [...scores.entries(), ...scores.entries(), ...[...scores.entries()].toReversed()]) {
      expect((await judge(constitution, () => reading(score))).effect).toBe(effects[at]);
    }
    for (const [category, effect] of [
      ['exfiltration', 'deny'],
      ['role-play', 'allow'],
      ['exfiltration', 'deny'],
    ] as const) {
      expect((await judge(constitution, () => reading(0, category))).effect).toBe(effect);
    }
    // Remembered they were all the same: every answer but the first of each kind.
    expect(constitution.cacheCounts?.hits).toBe(13);
  });

  it('tells in verdicts what it read, and hides what is redacted', async () => {
    await using constitution = await load(texts);
    const sent = await judge(constitution, () => reading(85, 'b', 'a'));
    expect(sent).toMatchObject({ effect: 'deny', reasons: ['injected'] });
    expect(sent.facts).toMatchObject({
      read: [
        { name: 'injection_categories', value: ['a', 'b'] },
        { name: 'injection_score', value: 85 },
      ],
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    });
    const received = await judge(constitution, () => reading(85), 'receive');
    expect(received.facts?.read).toEqual([{ name: 'secret_score', redacted: true }]);
    const other = await judge(constitution, () => reading(84, 'b', 'a'));
    expect(other.facts?.digest).not.toBe(sent.facts?.digest);
  });

  it.each<readonly [string, ScreenReader | undefined]>([
    ['nobody screens', undefined],
    ['the screen says nothing', () => undefined],
    ['the screen fails', () => Promise.reject(new Error('down'))],
    ['the screen answers rubbish', () => 90 as never],
  ])('denies before it asks its policies where %s', async (_what, screens) => {
    await using constitution = await load(texts);
    expect(await judge(constitution, screens)).toMatchObject({
      effect: 'deny',
      cause: 'facts',
      code: 'FACT_UNAVAILABLE',
      reasons: ['FACT_UNAVAILABLE', 'injection_categories', 'injection_score'],
    });
  });

  it('waits for a screen no longer than for a judgement', async () => {
    const clock = new ManualClock();
    await using constitution = await load(texts, { clock, timers: clock });
    const verdict = judge(constitution, () => Promise.withResolvers<ScreenReading>().promise);
    clock.advance(1000);
    expect(await verdict).toMatchObject({ effect: 'deny', code: 'POLICY_TIMEOUT' });
  });

  it('asks each screen at the point where it is needed alone', async () => {
    await using constitution = await load(texts);
    const asked: string[] = [];
    const screens: ScreenReader = (screen) => {
      asked.push(screen);
      return clean;
    };
    await judge(constitution, screens);
    expect(asked).toEqual(['prompt-injection']);
    await judge(constitution, screens, 'receive');
    expect(asked).toEqual(['prompt-injection', 'secrets']);
  });

  it('types what policies see', async () => {
    const schema = constitutionSchema(toFiles(texts));
    expect(schema).toContain('injection_categories: Set<String>,');
    expect(schema).toContain('injection_score: Long,');
    const wrong = texts['policies/a.cedar'].replace('.contains("exfiltration")', ' == "exfiltration"');
    expect((await refusal(load({ ...texts, 'policies/a.cedar': wrong }))).code).toBe('CONSTITUTION_INVALID');
  });
});
