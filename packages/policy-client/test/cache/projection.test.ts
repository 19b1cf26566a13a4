import { describe, expect, it } from 'vitest';
import type { ContextView, EngineRequest } from '../../src/engine/policy-engine.js';
import { chooserOf, randomRequest, testActions } from '../../src/testing/index.js';
import { allowed, answering, caching, never, readsOf, requestOf } from './support/caching.js';

const fields = [
  'messageType',
  'priority',
  'priorityRank',
  'contentBytes',
  'isReply',
  'toEveryone',
  'now',
] as const satisfies readonly (keyof ContextView)[];

/** Everything that can be reached from a request, by its path: own or inherited, enumerable or not. */
const reachable = (value: unknown, path = '', found = new Map<string, unknown>()): ReadonlyMap<string, unknown> => {
  if (typeof value !== 'object' || value === null) return found.set(path, value);
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== Array.prototype) found.set(`${path}<prototype>`, proto);
  for (const name of Reflect.ownKeys(value)) {
    if (Array.isArray(value) && name === 'length') continue;
    reachable(Reflect.get(value, name), `${path}/${String(name)}`, found);
  }
  return found;
};

/** An engine that keeps what it is handed. */
const spying = (reads?: ReturnType<typeof readsOf>) => {
  const seen: EngineRequest[] = [];
  const snapshot = answering((request) => {
    seen.push(request);
    return allowed();
  }, reads);
  return { seen, snapshot };
};

describe('the request that an engine is handed', () => {
  it('holds what the key holds, and nothing else', () => {
    const chooser = chooserOf(7);
    for (let round = 0; round < 300; round++) {
      const context = fields.filter(() => chooser.once(2));
      const facts = ['cabin', 'amount', 'insured', 'urgent'].filter(() => chooser.once(2));
      const { seen, snapshot } = spying(readsOf(context, facts));
      const given = randomRequest(chooser, testActions);
      const hidden = Object.create({ inherited: 1 }) as object;
      const asked = Object.assign(hidden, given, {
        secret: 'unseen',
        sender: { ...given.sender, revision: '7' },
        context: { ...given.context, extra: 'unseen' },
        facts: { ...given.facts, unknown: 'unseen' },
      });
      caching(snapshot).evaluate(asked, never);
      const held = seen[0];
      expect(new Set(Reflect.ownKeys(held?.context ?? {}))).toEqual(new Set(context));
      expect(Object.keys(held?.facts ?? {}).toSorted()).toEqual(facts.filter((name) => name in given.facts).toSorted());
      for (const field of fields)
        expect(held?.context[field]).toBe(context.includes(field) ? given.context[field] : undefined);
      expect([...reachable(held).values()]).not.toContain('unseen');
      expect(
        [...reachable(held).keys()].filter((path) => /revision|secret|extra|unknown|prototype/.test(path)),
      ).toEqual([]);
    }
  });

  it('is the same for all whom one answer serves', () => {
    const chooser = chooserOf(8);
    const handed = new Map<string, string>();
    const { seen, snapshot } = spying(readsOf(['messageType', 'isReply'], ['cabin', 'urgent']));
    const cache = caching(snapshot);
    const alone = caching(snapshot, { cache: { entries: 0 } });
    for (let count = 0; count < 3_000; count++) {
      const asked = randomRequest(chooser, testActions);
      const before = seen.length;
      const answer = cache.recall(asked) ?? cache.evaluate(asked, never);
      const hit = seen.length === before;
      alone.evaluate(asked, never);
      const text = JSON.stringify(seen.at(-1));
      expect(!hit || handed.has(text)).toBe(true);
      handed.set(text, JSON.stringify(answer));
    }
    expect(cache.counts.misses).toBe(handed.size);
    expect(cache.counts.hits).toBeGreaterThan(100);
  });

  it('cannot be changed by its giver while an answer is found by it', () => {
    const { seen, snapshot } = spying(readsOf(['messageType']));
    const cache = caching(snapshot);
    const capabilities: string[] = [];
    const sender = { tenant: 'acme', id: 'a', capabilities };
    const context = { ...requestOf().context };
    const asked = { ...requestOf({}, { sender }), context };
    cache.evaluate(asked, never);
    capabilities.push('more');
    cache.recall(asked);
    cache.evaluate(asked, never);
    context.messageType = 'event';
    expect(cache.recall(asked)).toBeUndefined();
    cache.evaluate(asked, never);
    expect(seen.map((request) => [request.sender.capabilities.length, request.context.messageType])).toEqual([
      [0, 'query'],
      [1, 'query'],
      [1, 'event'],
    ]);
  });

  it('is whole, time and size included, where an engine cannot say what it reads', () => {
    const { seen, snapshot } = spying();
    const whole = answering((request, signal) => snapshot.evaluate(request, signal), 'cannot tell');
    const cache = caching(whole, { cache: { timeBucketSeconds: 60 } });
    cache.evaluate(requestOf({}, { action: 'refund', facts: { cabin: 'a', amount: 1, insured: true } }), never);
    expect(Object.keys(seen[0]?.context ?? {}).toSorted()).toEqual([...fields].toSorted());
    expect(Object.keys(seen[0]?.facts ?? {}).toSorted()).toEqual(['amount', 'cabin', 'insured']);
    cache.evaluate(requestOf({ contentBytes: 1 }), never);
    cache.evaluate(requestOf({ contentBytes: 2 }), never);
    expect(seen).toHaveLength(3);
  });
});
