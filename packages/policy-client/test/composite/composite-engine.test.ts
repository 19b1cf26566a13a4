import { describe, expect, it, vi } from 'vitest';
import {
  type ActionReads,
  compositeEngine,
  type EngineLoad,
  type EngineSnapshot,
  type JudgementFault,
  loadConstitution,
  noFacts,
  type PolicyEngine,
  type PolicyRecord,
} from '../../src/index.js';
import { readSources } from '../../src/source/read-sources.js';
import {
  answerOf,
  chooserOf,
  type Rule,
  randomRequest,
  randomRule,
  ruleEngine,
  ruleSnapshot,
  snapshotConstitution,
  testActions,
} from '../../src/testing/index.js';
import { toFiles } from '../support/files.js';
import { raise, rejection, thenable } from '../support/odd-answers.js';
import { query } from '../support/opa.js';
import { manifestOf } from '../support/rego.js';
import { never, request } from '../support/requests.js';
import { snapshotOf } from '../support/snapshots.js';

const files = toFiles({ 'manifest.yaml': manifestOf('cedar') });
const permit: Rule = { id: 'yes', effect: 'permit' };
const forbid: Rule = { id: 'no', effect: 'forbid' };
const nothing: Rule = { id: 'event', effect: 'permit', messageTypes: ['event'] };
const waits: Rule = { id: 'wait', effect: 'permit', escalate: 'governance' };

/** An engine that answers whatever it is told to. */
const odd = (evaluate: EngineSnapshot['evaluate'], more: Partial<EngineSnapshot> = {}): PolicyEngine => ({
  kind: 'odd',
  capabilities: { pure: true, synchronous: true },
  load: async () => ({ snapshot: { ...ruleSnapshot([permit, forbid]), evaluate, ...more }, problems: [] }),
});

const compose = (members: Readonly<Record<string, PolicyEngine>>) => snapshotOf(compositeEngine(members), files);
const judge = async (members: Readonly<Record<string, PolicyEngine>>) =>
  snapshotConstitution(await compose(members)).judge(request(), never);

const yes = ruleEngine([permit]);

describe('what members say', () => {
  it.each<readonly [string, readonly Rule[], readonly Rule[], object]>([
    [
      'allow where all do, by all their policies',
      [permit],
      [permit],
      { effect: 'allow', policies: ['a.yes', 'b.yes'] },
    ],
    [
      'deny where one does, by its policies alone',
      [permit],
      [permit, forbid],
      { effect: 'deny', policies: ['b.no'], code: 'POLICY_DENIED' },
    ],
    [
      'deny where one permits nothing',
      [permit],
      [nothing],
      { effect: 'deny', policies: [], code: 'POLICY_DEFAULT_DENY' },
    ],
    [
      'escalate where one does',
      [permit],
      [waits],
      { effect: 'escalate', escalations: [expect.objectContaining({ policy: 'b.wait' })] },
    ],
    ['deny rather than escalate', [forbid], [waits], { effect: 'deny', policies: ['a.no'] }],
  ])('comes to %s', async (_name, first, second, expected) => {
    expect(await judge({ a: ruleEngine(first), b: ruleEngine(second) })).toMatchObject(expected);
    expect((await judge({ b: ruleEngine(second), a: ruleEngine(first) })).effect).toBe(
      (expected as { effect: string }).effect,
    );
  });

  it('comes to all their obligations', async () => {
    const asking = (path: string) =>
      odd(() => ({ decision: 'allow', policies: ['yes'], errors: [], obligations: [{ kind: 'remove', path }] }));
    expect(await judge({ a: asking('/card'), b: asking('/name'), c: yes })).toMatchObject({
      effect: 'allow',
      obligations: [
        { kind: 'remove', path: '/card' },
        { kind: 'remove', path: '/name' },
      ],
    });
    expect(await judge({ a: asking('/card'), b: asking('no pointer') })).toMatchObject({
      effect: 'deny',
      cause: 'error',
    });
  });
});

describe('a member that is ill', () => {
  it.each<readonly [string, () => unknown]>([
    ['throws', () => raise(new Error('down'))],
    ['throws nothing', () => raise(undefined)],
    ['rejects', () => rejection(new Error('down'))],
    ['rejects with nothing', () => rejection(undefined)],
    ['answers nothing', () => undefined],
    ['answers true', () => true],
    ['answers later with nonsense', () => Promise.resolve('allow')],
    ['allows without a policy', () => ({ decision: 'allow', policies: [], errors: [] })],
    ['allows by a policy of another member', () => ({ decision: 'allow', policies: ['b.yes'], errors: [] })],
    ['allows by a policy that nobody has', () => ({ decision: 'allow', policies: ['maybe'], errors: [] })],
    ['allows by a forbid', () => ({ decision: 'allow', policies: ['no'], errors: [] })],
    ['denies by a permit', () => ({ decision: 'deny', policies: ['yes'], errors: [] })],
    ['allows with an error', () => ({ decision: 'allow', policies: ['yes'], errors: ['but'] })],
    [
      'asks for what nobody understands',
      () => ({ decision: 'allow', policies: ['yes'], errors: [], obligations: [{ kind: 'pray' }] }),
    ],
    ['answers with a proxy that throws', () => new Proxy({}, { ownKeys: () => raise(new Error('trap')) })],
    ['answers with a thenable that throws', () => thenable({ value: () => raise(new Error('then')) })],
  ])('denies by an error where it %s', async (_name, evaluate) => {
    expect(await judge({ a: odd(evaluate), b: yes })).toMatchObject({
      effect: 'deny',
      cause: 'error',
      code: 'POLICY_EVALUATION_FAILED',
    });
    expect(await judge({ b: yes, a: odd(evaluate) })).toMatchObject({ effect: 'deny', cause: 'error' });
  });

  it('denies at the deadline where it never answers', async () => {
    const snapshot = await compose({ a: odd(() => Promise.withResolvers().promise), b: yes });
    const stop = new AbortController();
    const verdict = snapshotConstitution(snapshot).judge(request(), stop.signal);
    stop.abort();
    expect(await verdict).toMatchObject({ effect: 'deny', code: 'POLICY_TIMEOUT' });
  });

  it('says which one it was, to whoever watches', async () => {
    const onFault = vi.fn<(fault: JudgementFault) => void>();
    const snapshot = await compose({ a: odd(() => raise(new Error('down'))), b: yes });
    await snapshotConstitution(snapshot, { onFault }).judge(request(), never);
    expect(onFault.mock.calls[0]?.[0]).toMatchObject({ cause: { errors: ['a: down'] } });
  });
});

describe('members', () => {
  it('are all asked, those that answer later at the same time', async () => {
    const asked: string[] = [];
    const gate = Promise.withResolvers<void>();
    const later = (name: string) =>
      odd(async () => {
        asked.push(name);
        if (asked.length === 2) gate.resolve();
        await gate.promise;
        return { decision: 'deny', policies: ['no'], errors: [] };
      });
    expect(await judge({ a: later('a'), b: later('b') })).toMatchObject({ effect: 'deny', policies: ['a.no', 'b.no'] });
  });

  it('make it pure and synchronous only where all are', () => {
    const with_ = (pure: boolean, synchronous: boolean): PolicyEngine => ({
      ...yes,
      capabilities: { pure, synchronous },
    });
    expect(compositeEngine({ a: yes, b: yes }).capabilities).toEqual({ pure: true, synchronous: true });
    expect(compositeEngine({ a: yes, b: with_(false, true) }).capabilities).toEqual({ pure: false, synchronous: true });
    expect(compositeEngine({ a: with_(true, false), b: yes }).capabilities).toEqual({ pure: true, synchronous: false });
  });

  it('read together what each reads, and nobody knows what where one does not', async () => {
    const reading = (reads: ActionReads | undefined) => odd(() => undefined, { reads: () => reads });
    const now = { context: new Set(['now'] as const), facts: new Set(['a']) };
    const type = { context: new Set(['messageType'] as const), facts: new Set(['b']) };
    expect((await compose({ a: reading(now), b: reading(type) })).reads?.('send')).toEqual({
      context: new Set(['now', 'messageType']),
      facts: new Set(['a', 'b']),
    });
    expect((await compose({ a: reading(now), b: reading(undefined) })).reads?.('send')).toBeUndefined();
    expect((await compose({ a: reading(now), b: yes })).reads?.('send')).toBeUndefined();
  });

  it('are all closed, also where one cannot be', async () => {
    const closed: string[] = [];
    const closing = (name: string) =>
      odd(() => undefined, {
        close: async () => {
          closed.push(name);
          if (name === 'a') throw new Error('stuck');
        },
      });
    await expect((await compose({ a: closing('a'), b: closing('b') })).close()).rejects.toThrow('stuck');
    expect(closed).toEqual(['a', 'b']);
  });

  it('are closed again where another one does not load, and every problem is told', async () => {
    const close = vi.fn<() => Promise<void>>(async () => undefined);
    const bad = (message: string): PolicyEngine => ({
      ...yes,
      load: async (): Promise<EngineLoad> => ({ problems: [{ file: 'policies', line: 3, message }] }),
    });
    const engine = compositeEngine({ a: odd(() => undefined, { close }), b: bad('is wrong.'), c: bad('is odd.') });
    const { value } = readSources(files);
    if (value === undefined) throw new Error('The files are in order.');
    expect(await engine.load(value, noFacts.actions, never)).toEqual({
      problems: [
        { file: 'policies', line: 3, message: 'b: is wrong.' },
        { file: 'policies', line: 3, message: 'c: is odd.' },
      ],
    });
    expect(close).toHaveBeenCalledOnce();
    const aborted: PolicyEngine = { ...yes, load: () => Promise.reject(new Error('aborted')) };
    await expect(
      compositeEngine({ a: odd(() => undefined, { close }), b: aborted }).load(value, noFacts.actions, never),
    ).rejects.toThrow('aborted');
    expect(close).toHaveBeenCalledTimes(2);
  });

  it('have policies of the same ids apart', async () => {
    const { policies } = await compose({ a: yes, b: yes });
    expect(policies.map(({ id }: PolicyRecord) => id)).toEqual(['a.yes', 'b.yes']);
  });

  it('allow together only what each of them allows', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const chooser = chooserOf(seed);
      const sets = [0, 1, 2].map(() =>
        Array.from({ length: 3 }, (_, index) => randomRule(chooser, `r${index}`, testActions)),
      );
      const members = Object.fromEntries(sets.map((rules, index) => [`m${index}`, ruleEngine(rules)]));
      const snapshot = await compose(members);
      for (let number = 0; number < 20; number++) {
        const asked = randomRequest(chooser, testActions);
        const all = sets.every((rules) => answerOf(rules, asked).decision === 'allow');
        expect(snapshot.evaluate(asked, never), `seed ${seed}`).toMatchObject({
          decision: all ? 'allow' : 'deny',
          errors: [],
        });
      }
    }
  });

  it('are what the manifest names', async () => {
    const manifest = manifestOf('{ kind: composite, members: { rules: cedar, tenants: static } }');
    const cedar = '@id("queries")\npermit (principal, action, resource) when { context.messageType == "query" };';
    const own = toFiles({ 'manifest.yaml': manifest, 'policies/own.cedar': cedar });
    await using constitution = await loadConstitution(own);
    expect([...constitution.policies.keys()]).toEqual([
      'rules.queries',
      'tenants.static.attested',
      'tenants.static.boundary',
    ]);
    expect(await constitution.judge(request(), never)).toMatchObject({
      effect: 'allow',
      policies: ['rules.queries', 'tenants.static.attested'],
    });
    expect(await constitution.judge(request({ type: 'command' }), never)).toMatchObject({
      effect: 'deny',
      code: 'POLICY_DEFAULT_DENY',
    });
  });
});

it('a closed composite allows nothing', async () => {
  const snapshot = await compose({ a: yes, b: yes });
  await snapshot.close();
  expect(snapshot.evaluate(query, never)).toMatchObject({
    decision: 'deny',
    errors: [expect.any(String), expect.any(String)],
  });
});
