import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it, vi } from 'vitest';
import { CachedSnapshot, cached } from '../../src/cache/cached-snapshot.js';
import { cedarEngine } from '../../src/cedar/cedar-engine.js';
import { newCedarInstance } from '../../src/cedar/instance.js';
import type { EngineRequest, EngineSnapshot } from '../../src/engine/policy-engine.js';
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
import { allowed, answering, caching, denied, manifestOf, never, readsOf, requestOf } from './support/caching.js';

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
  const { snapshot } = await cedarEngine({ newInstance }).load(sources as never, testActions, never);
  if (snapshot === undefined) throw new Error('The rules do not load.');
  asked = 0;
  return { snapshot: caching(snapshot), asked: () => asked };
};

const asking = (evaluate: EngineSnapshot['evaluate']) => vi.fn<EngineSnapshot['evaluate']>(evaluate);

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
        const answer = snapshot.evaluate(asked, never) as { decision: string; policies: readonly string[] };
        expect({ round, decision: answer.decision, policies: answer.policies.toSorted() }).toEqual({
          round,
          decision,
          policies: policies.toSorted(),
        });
      }
      await snapshot.close();
    }
  }, 120_000);

  it('serve requests that differ only in what no policy reads', async () => {
    const { snapshot, asked } = await cedarOf([{ id: 'queries', effect: 'permit', messageTypes: ['query'] }]);
    for (let now = 0; now < 10; now++) snapshot.evaluate(requestOf({ now, contentBytes: now }), never);
    expect(asked()).toBe(1);
    snapshot.evaluate(requestOf({ messageType: 'event' }), never);
    expect(asked()).toBe(2);
    expect(snapshot.counts).toMatchObject({ hits: 9, misses: 2, entries: 2 });
  });

  it('do not serve another sender, recipient, role, tenant or point', async () => {
    const { snapshot, asked } = await cedarOf([{ id: 'all', effect: 'permit' }]);
    const base = { ...requestOf(), point: 'receive', sender: { tenant: 'acme', id: 'a', capabilities: [] } } as const;
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
    for (const variant of [...variants, ...variants]) snapshot.evaluate(variant, never);
    expect(asked()).toBe(variants.length);
  });

  it.each([
    ['an error', { ...allowed(), errors: ['e'] }],
    ['half an answer', { decision: 'allow' }],
    ['nothing', undefined],
    ['an allow by nobody', { decision: 'allow', policies: [], errors: [] }],
    ['an allow by a forbid', { decision: 'allow', policies: ['forbid'], errors: [] }],
    ['a deny by a permit', { decision: 'deny', policies: ['permit'], errors: [] }],
    ['a policy of nobody', { decision: 'deny', policies: ['elsewhere'], errors: [] }],
    ['a promise of an engine that should answer at once', Promise.resolve(allowed())],
  ])('are none of %s', (_name, answer) => {
    const evaluate = asking(() => answer);
    const snapshot = caching(answering(evaluate));
    for (let count = 0; count < 3; count++) expect(snapshot.evaluate(requestOf(), never)).toBe(answer);
    expect(evaluate).toHaveBeenCalledTimes(3);
    expect(snapshot.counts).toMatchObject({ hits: 0, misses: 3, entries: 0 });
  });

  it('are none of what throws', () => {
    const answers = [new Error('down'), undefined];
    const snapshot = caching(
      answering(() => {
        const error = answers.shift();
        if (error !== undefined) throw error;
        return allowed();
      }),
    );
    expect(() => snapshot.evaluate(requestOf(), never)).toThrow('down');
    expect(snapshot.evaluate(requestOf(), never)).toEqual(allowed());
  });

  it('can be changed by nobody, neither by the engine nor by who gets them', () => {
    const given = allowed();
    const snapshot = caching(answering(() => given));
    const first = snapshot.evaluate(requestOf(), never) as { policies: string[] };
    given.decision = 'deny';
    given.policies.push('forbid');
    expect(() => first.policies.push('forbid')).toThrow(TypeError);
    expect(snapshot.evaluate(requestOf(), never)).toEqual(allowed());
  });

  it('end with the snapshot', async () => {
    const snapshot = caching(ruleSnapshot([{ id: 'all', effect: 'permit' }]), { cache: { timeBucketSeconds: 60 } });
    expect(snapshot.evaluate(requestOf(), never)).toMatchObject({ decision: 'allow' });
    await snapshot.close();
    expect(snapshot.recall(requestOf())).toBeUndefined();
    expect(() => snapshot.evaluate(requestOf(), never)).toThrow('closed');
    expect(snapshot.counts).toMatchObject({ misses: 1, entries: 0 });
  });

  it('are not kept where the engine is not pure, nor where the manifest wants none', () => {
    const evaluate = asking(allowed);
    const plain = answering(evaluate);
    const options = { actions: testActions, manifest: manifestOf(), clock: new ManualClock() };
    expect(cached(plain, { pure: false, synchronous: true }, options)).toBe(plain);
    expect(cached(plain, { pure: true, synchronous: true }, options)).toBeInstanceOf(CachedSnapshot);
    const none = caching(plain, { cache: { entries: 0 } });
    for (let count = 0; count < 3; count++) none.evaluate(requestOf(), never);
    expect(evaluate).toHaveBeenCalledTimes(3);
    expect(none.counts).toMatchObject({ passed: 3, misses: 0, entries: 0 });
  });

  it('serve equal facts alone, and no facts that are longer than a key may be', () => {
    const evaluate = asking(denied);
    const snapshot = caching(answering(evaluate, readsOf([], ['cabin', 'constructor'])));
    const values = [
      {},
      { cabin: 'u' },
      { cabin: ['business'] },
      { cabin: 'business' },
      { cabin: ['business', 'business'] },
      { cabin: { timestamp: 0 } },
      { cabin: { milliseconds: 0 } },
      { cabin: 0 },
      { cabin: -0 },
      { cabin: '0' },
      { cabin: false },
    ];
    for (const facts of [...values, ...values]) snapshot.evaluate(requestOf({}, { facts }), never);
    snapshot.evaluate(requestOf({}, { facts: { cabin: 'business', unread: true } }), never);
    expect(evaluate).toHaveBeenCalledTimes(values.length);
    for (let count = 0; count < 3; count++)
      snapshot.evaluate(requestOf({}, { facts: { cabin: 'x'.repeat(3_000) } }), never);
    expect(evaluate).toHaveBeenCalledTimes(values.length + 3);
  });
});
