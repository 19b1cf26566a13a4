import { describe, expect, it, vi } from 'vitest';
import { cedarEngine } from '../../src/cedar/cedar-engine.js';
import { newCedarInstance } from '../../src/cedar/instance.js';
import { CachedSnapshot, cached } from '../../src/engine/cached-snapshot.js';
import type { ActionReads, EngineRequest, EngineSnapshot } from '../../src/engine/policy-engine.js';
import { noFacts } from '../../src/index.js';
import {
  answerOf,
  chooserOf,
  type Rule,
  randomRequest,
  randomRule,
  ruleSnapshot,
  ruleToCedar,
  testActions,
} from '../../src/testing/index.js';

const { signal } = new AbortController();

/** Real Cedar over rules, and how often it was asked. */
const cedarOf = async (rules: readonly Rule[]) => {
  let asked = 0;
  const newInstance = () => {
    const instance = newCedarInstance();
    return {
      ...instance,
      statefulIsAuthorized: (call: Parameters<typeof instance.statefulIsAuthorized>[0]) => {
        asked += 1;
        return instance.statefulIsAuthorized(call);
      },
    };
  };
  const sources = {
    policies: [{ path: 'policies/all.cedar', text: rules.map(ruleToCedar).join('\n') }],
  };
  const { snapshot } = await cedarEngine({ newInstance }).load(sources as never, testActions, signal);
  if (snapshot === undefined) throw new Error('The rules do not load.');
  asked = 0;
  return { snapshot: cached(snapshot, true, testActions), asked: () => asked };
};

const readsOf =
  (...context: readonly (keyof EngineRequest['context'])[]) =>
  (): ActionReads => ({ context: new Set(context), facts: new Set() });

const request = (change: Partial<EngineRequest['context']> = {}): EngineRequest => {
  const { context, ...rest } = randomRequest(chooserOf(3));
  return { ...rest, facts: { urgent: false }, context: { ...context, messageType: 'query', ...change } };
};

describe('remembered answers', () => {
  it('are what the engine would say now, for any policies and requests', async () => {
    const chooser = chooserOf(20_261_122);
    for (let round = 0; round < 40; round++) {
      const rules = Array.from({ length: 1 + chooser.below(5) }, (_, index) =>
        randomRule(chooser, `rule-${index}`, testActions),
      );
      const { snapshot } = await cedarOf(rules);
      for (let count = 0; count < 100; count++) {
        const asked = randomRequest(chooser, testActions);
        const { decision, policies } = answerOf(rules, asked);
        const answer = snapshot.evaluate(asked, signal) as { decision: string; policies: readonly string[] };
        expect({ round, decision: answer.decision, policies: answer.policies.toSorted() }).toEqual({
          round,
          decision,
          policies: policies.toSorted(),
        });
      }
      await snapshot.close();
    }
  });

  it('serve requests that differ only in what no policy reads', async () => {
    const { snapshot, asked } = await cedarOf([{ id: 'queries', effect: 'permit', messageTypes: ['query'] }]);
    for (let now = 0; now < 10; now++) snapshot.evaluate(request({ now, contentBytes: now }), signal);
    expect(asked()).toBe(1);
    snapshot.evaluate(request({ messageType: 'event' }), signal);
    expect(asked()).toBe(2);
  });

  it('do not serve another sender, recipient, role, tenant or point', async () => {
    const { snapshot, asked } = await cedarOf([{ id: 'all', effect: 'permit' }]);
    const base = { ...request(), point: 'receive', sender: { tenant: 'acme', id: 'a', capabilities: [] } } as const;
    const recipient = { tenant: 'acme', id: 'b', capabilities: [] };
    const variants: readonly EngineRequest[] = [
      { ...base, tenant: 'acme', recipient },
      { ...base, tenant: 'acme', recipient, sender: { ...base.sender, id: 'c' } },
      { ...base, tenant: 'acme', recipient, sender: { ...base.sender, role: 'judicial' } },
      { ...base, tenant: 'acme', recipient, sender: { ...base.sender, capabilities: ['x'] } },
      { ...base, tenant: 'acme', recipient: { ...recipient, role: 'a' } },
      { ...base, tenant: 'rival', recipient: { ...recipient, tenant: 'rival' } },
      { ...base, tenant: 'acme', recipient, point: 'send' },
    ];
    for (const variant of [...variants, ...variants]) snapshot.evaluate(variant, signal);
    expect(asked()).toBe(variants.length);
  });

  it('are none for answers with errors, answers of another shape, promises and what throws', () => {
    const answers: unknown[] = [
      { decision: 'allow', policies: ['a'], errors: ['e'] },
      { decision: 'allow' },
      undefined,
      Promise.resolve(1),
    ];
    const evaluate = vi.fn<EngineSnapshot['evaluate']>(() => {
      if (answers.length === 0) throw new Error('down');
      return answers.shift();
    });
    const snapshot = new CachedSnapshot({ ...ruleSnapshot([]), evaluate, reads: readsOf() }, ['send', 'receive']);
    for (let count = 0; count < 4; count++) snapshot.evaluate(request(), signal);
    expect(() => snapshot.evaluate(request(), signal)).toThrow('down');
    expect(evaluate).toHaveBeenCalledTimes(5);
  });

  it('end with the snapshot', async () => {
    const snapshot = new CachedSnapshot({ ...ruleSnapshot([{ id: 'all', effect: 'permit' }]), reads: readsOf() }, [
      'send',
      'receive',
    ]);
    expect(snapshot.evaluate(request(), signal)).toMatchObject({ decision: 'allow' });
    await snapshot.close();
    expect(() => snapshot.evaluate(request(), signal)).toThrow('closed');
  });

  it('are not kept where the engine is not pure or does not say what it reads', () => {
    const plain = ruleSnapshot([]);
    expect(cached(plain, true, noFacts.actions)).toBe(plain);
    const telling = { ...plain, reads: readsOf() };
    expect(cached(telling, false, noFacts.actions)).toBe(telling);
    expect(cached(telling, true, noFacts.actions)).toBeInstanceOf(CachedSnapshot);
  });

  it('are not kept of actions whose policies read the time, or of which nobody knows what they read', () => {
    const evaluate = vi.fn<EngineSnapshot['evaluate']>((asked) => answerOf([], asked));
    const reads: NonNullable<EngineSnapshot['reads']> = (action) =>
      ({ send: readsOf('now')(), receive: readsOf('priority')() })[action];
    const snapshot = cached({ ...ruleSnapshot([]), evaluate, reads }, true, noFacts.actions);
    for (const action of ['send', 'receive', 'elsewhere'])
      for (let count = 0; count < 3; count++) snapshot.evaluate({ ...request(), action }, signal);
    expect(evaluate).toHaveBeenCalledTimes(7);
    expect(snapshot.reads?.('send')?.context).toEqual(new Set(['now']));
  });

  it('serve equal facts alone, and no facts that are longer than a key may be', () => {
    const evaluate = vi.fn<EngineSnapshot['evaluate']>((asked) => answerOf([], asked));
    const reads = () => ({ context: new Set<never>(), facts: new Set(['cabin', 'constructor']) });
    const snapshot = cached({ ...ruleSnapshot([]), evaluate, reads }, true, noFacts.actions);
    const values = [{}, { cabin: 'null' }, { cabin: ['business'] }, { cabin: 'business' }, { cabin: { timestamp: 0 } }];
    for (const facts of [...values, ...values]) snapshot.evaluate({ ...request(), facts }, signal);
    snapshot.evaluate({ ...request(), facts: { cabin: 'business', unread: true } }, signal);
    expect(evaluate).toHaveBeenCalledTimes(values.length);
    for (let count = 0; count < 3; count++)
      snapshot.evaluate({ ...request(), facts: { cabin: 'x'.repeat(3_000) } }, signal);
    expect(evaluate).toHaveBeenCalledTimes(values.length + 3);
  });
});
