import { deepStrictEqual } from 'node:assert/strict';
import type { RecoveryRecord } from '../orchestrator/recovery-record.js';
import type { RecoveryStore } from '../orchestrator/recovery-store.js';

/** The part of vitest, jest or `node:test` that the suite needs. */
export interface ConformanceRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
}

/** Makes an empty place, and opens it as often as it is called: each time, what was kept is there. */
export type RecoveryStoreFactory = () => Promise<() => Promise<RecoveryStore>>;

const record = (component: string, number: number, more: Partial<RecoveryRecord> = {}): RecoveryRecord =>
  Object.freeze({
    number,
    component,
    strategy: 'exponential_backoff',
    priority: 100,
    state: 'scheduled',
    attempts: 0,
    reason: "it's “down” – naïve 🚦",
    requestedAt: '2026-01-01T00:00:00.000Z',
    dueAt: 1_767_225_601_000,
    ...more,
  });

const finished = (component: string, number: number): RecoveryRecord => {
  const { dueAt: _dueAt, ...kept } = record(component, number);
  const decision = { by: 'ada', why: 'enough', kind: 'cancelled', at: '2026-01-01T00:00:01.000Z' } as const;
  return { ...kept, state: 'cancelled', endedAt: '2026-01-01T00:00:01.000Z', failure: 'CHECK_FAILED', decision };
};

const byNumber = (records: readonly RecoveryRecord[]): readonly RecoveryRecord[] =>
  records.toSorted((a, b) => a.number - b.number);

/** What every store of recoveries promises. */
export const recoveryStoreConformance = ({ describe, it }: ConformanceRunner, factory: RecoveryStoreFactory): void => {
  describe('a store of recoveries', () => {
    it('remembers nothing at first', async () => {
      const open = await factory();
      deepStrictEqual(await (await open()).load(), { active: [], history: [] });
    });

    it('keeps what is under way, the last word for each component', async () => {
      const open = await factory();
      const store = await open();
      const [a, b] = [record('a', 1), record('b', 2, { state: 'awaiting_manual', strategy: 'manual' })];
      await store.save(a);
      await store.save(b);
      const begun = record('a', 1, { state: 'in_progress', attempts: 1 });
      await store.save(begun);
      const { active, history } = await (await open()).load();
      deepStrictEqual(byNumber(active), [begun, b]);
      deepStrictEqual(history, []);
    });

    it('moves what has ended into the history, whole', async () => {
      const open = await factory();
      const store = await open();
      await store.save(record('a', 1));
      await store.save(record('b', 2));
      await store.finish(finished('a', 1), 10);
      deepStrictEqual(await (await open()).load(), { active: [record('b', 2)], history: [finished('a', 1)] });
    });

    it('takes the end of what it never saw', async () => {
      const open = await factory();
      await (await open()).finish(finished('a', 1), 10);
      deepStrictEqual(await (await open()).load(), { active: [], history: [finished('a', 1)] });
    });

    it('keeps so many of those that have ended, the newest, in their order', async () => {
      const open = await factory();
      const store = await open();
      for (let number = 1; number <= 7; number += 1) await store.finish(finished('a', number), 3);
      const { history } = await (await open()).load();
      deepStrictEqual(
        history.map(({ number }) => number),
        [5, 6, 7],
      );
    });
  });
};
