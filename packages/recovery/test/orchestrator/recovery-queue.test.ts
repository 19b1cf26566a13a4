import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type QueuedRecovery, RecoveryQueue } from '../../src/orchestrator/recovery-queue.js';

/** The same as a list that is looked through. */
class Model {
  readonly items = new Map<string, QueuedRecovery>();
  now = 0;

  first(blocked: ReadonlySet<string>): QueuedRecovery | undefined {
    return Array.from(this.items.values())
      .filter(({ key, dueAt }) => dueAt <= this.now && !blocked.has(key))
      .toSorted((a, b) => a.priority - b.priority || a.age - b.age)[0];
  }
}

type QueueCommand = fc.Command<Model, RecoveryQueue>;

const keyOf = fc.integer({ min: 0, max: 8 }).map((key) => `k${key}`);
let age = 0;

const adding = fc.record({ key: keyOf, priority: fc.nat(3), afterMs: fc.nat(50) }).map(
  ({ key, priority, afterMs }): QueueCommand => ({
    check: () => true,
    run: (model, queue) => {
      age += 1;
      const item = { key, priority, age, dueAt: model.now + afterMs };
      model.items.set(key, item);
      queue.add(item);
    },
    toString: () => `add ${key} ${priority} +${afterMs}`,
  }),
);

const removing = keyOf.map(
  (key): QueueCommand => ({
    check: () => true,
    run: (model, queue) => {
      model.items.delete(key);
      queue.remove(key);
    },
    toString: () => `remove ${key}`,
  }),
);

const taking = fc.record({ blocked: fc.uniqueArray(keyOf, { maxLength: 4 }), passMs: fc.nat(30) }).map(
  ({ blocked, passMs }): QueueCommand => ({
    check: () => true,
    run: (model, queue) => {
      model.now += passMs;
      const taken = queue.take(model.now, (key) => !blocked.includes(key));
      deepStrictEqual(taken, model.first(new Set(blocked)));
      if (taken !== undefined) model.items.delete(taken.key);
      strictEqual(queue.size, model.items.size);
      // Only of those whose time was still to come at the last look.
      const later = Array.from(model.items.values(), ({ dueAt }) => dueAt).filter((dueAt) => dueAt > model.now);
      strictEqual(queue.nextDueAt(), later.length === 0 ? undefined : Math.min(...later));
    },
    toString: () => `take +${passMs} without ${blocked.join()}`,
  }),
);

test('the queue is a list that is looked through, whatever is added, taken out and passed over', () => {
  fc.assert(
    fc.property(fc.commands([adding, adding, removing, taking], { maxCommands: 200, size: 'max' }), (commands) => {
      const [model, real] = [new Model(), new RecoveryQueue()];
      fc.modelRun(() => ({ model, real }), commands);
      expect(real.size).toBe(model.items.size);
    }),
    { numRuns: 300, seed: 7 },
  );
});

test('the queue gives everything that was put into it: nothing stays behind', () => {
  const queue = new RecoveryQueue();
  for (let place = 0; place < 1_000; place += 1) {
    queue.add({ key: `k${place}`, priority: place % 7, age: place, dueAt: place % 13 });
  }
  const taken: QueuedRecovery[] = [];
  for (let item = queue.take(13, () => true); item !== undefined; item = queue.take(13, () => true)) taken.push(item);
  expect(taken).toHaveLength(1_000);
  expect(taken).toEqual(taken.toSorted((a, b) => a.priority - b.priority || a.age - b.age));
  expect([queue.size, queue.nextDueAt()]).toEqual([0, undefined]);
});

test('the queue does not grow by what takes the place of something else', () => {
  const queue = new RecoveryQueue();
  for (let turn = 0; turn < 10_000; turn += 1) queue.add({ key: 'a', priority: 0, age: turn, dueAt: turn });
  expect(queue.size).toBe(1);
  expect(queue.take(10_000, () => true)?.age).toBe(9_999);
  expect(queue.take(10_000, () => true)).toBeUndefined();
});
