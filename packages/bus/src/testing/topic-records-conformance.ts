import assert from 'node:assert/strict';
import type { StopRecord, SubscriptionRecord, TopicRecords } from '../topics/topic-records.js';
import type { ConformanceRunner } from './conformance-runner.js';

/** Records under test. */
export interface TopicRecordsUnderTest {
  /** Opens records over storage that is empty at first, and after that over what others left. */
  open(): Promise<TopicRecords>;
  /** Texts of the leaves that were committed, in their order. */
  leaves(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface TopicRecordsCapabilities {
  /** Whether what is committed is there again for whoever opens the same storage later. */
  readonly survivesReopening: boolean;
}

const worker: SubscriptionRecord = {
  tenant: 'acme',
  agent: 'worker',
  revision: 'r-1',
  pattern: 'orders.*.created',
  since: 1_767_225_600_000,
};
const inCrew: SubscriptionRecord = { ...worker, group: 'crew' };
const other: SubscriptionRecord = { ...worker, agent: 'other', pattern: 'orders.>' };
const pause: StopRecord = {
  kind: 'agent',
  tenant: 'acme',
  name: 'worker',
  reason: 'repairs',
  since: 1_767_225_600_000,
};

const sorted = <T extends object>(records: readonly T[]): readonly T[] =>
  records.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));

/** What every place keeps to that remembers subscriptions and pauses. */
export const topicRecordsConformance = (
  { describe, it: plainIt }: ConformanceRunner,
  factory: () => Promise<TopicRecordsUnderTest>,
  { survivesReopening }: TopicRecordsCapabilities,
): void => {
  const it = (name: string, body: (records: TopicRecords, under: TopicRecordsUnderTest) => Promise<void>): void =>
    plainIt(name, async () => {
      const under = await factory();
      await body(await under.open(), under);
      await under.close();
    });
  describe('topic records', () => {
    it('remember each subscription, with and without a group, until it ends', async (records) => {
      assert.deepEqual(await records.subscriptions(), []);
      for (const subscription of [worker, inCrew, other]) await records.subscribe(subscription);
      assert.deepEqual(sorted(await records.subscriptions()), sorted([worker, inCrew, other]));
      await records.unsubscribe([worker, other]);
      assert.deepEqual(await records.subscriptions(), [inCrew]);
      await records.unsubscribe([worker]);
      await records.unsubscribe([]);
      assert.deepEqual(await records.subscriptions(), [inCrew]);
    });
    it('take the newest of what is one subscription', async (records) => {
      await records.subscribe(worker);
      await records.subscribe({ ...worker, revision: 'r-2', since: 5 });
      assert.deepEqual(await records.subscriptions(), [{ ...worker, revision: 'r-2', since: 5 }]);
    });
    it('remember each pause with its reason, and its leaf in the audit log', async (records, under) => {
      await records.pause(pause, '{"event":"paused"}');
      await records.pause({ ...pause, kind: 'tenant', name: '' }, '{"event":"paused too"}');
      await records.pause({ ...pause, reason: 'more repairs' }, '{"event":"paused again"}');
      assert.deepEqual(
        sorted(await records.pauses()),
        sorted([
          { ...pause, reason: 'more repairs' },
          { ...pause, kind: 'tenant', name: '' },
        ]),
      );
      await records.resume(pause, '{"event":"resumed"}');
      assert.deepEqual(
        (await records.pauses()).map(({ kind }) => kind),
        ['tenant'],
      );
      assert.deepEqual(await under.leaves(), [
        '{"event":"paused"}',
        '{"event":"paused too"}',
        '{"event":"paused again"}',
        '{"event":"resumed"}',
      ]);
    });
    it('put leaves of what is kept elsewhere into the audit log', async (records, under) => {
      await records.note('agent acme/worker', '{"event":"quarantined"}');
      assert.deepEqual(await under.leaves(), ['{"event":"quarantined"}']);
      assert.deepEqual(await records.pauses(), []);
    });
    if (!survivesReopening) return;
    it('are there again after a restart', async (records, under) => {
      await records.subscribe(inCrew);
      await records.subscribe(other);
      await records.unsubscribe([other]);
      await records.pause(pause, '{}');
      const again = await under.open();
      assert.deepEqual([await again.subscriptions(), await again.pauses()], [[inCrew], [pause]]);
    });
  });
};
