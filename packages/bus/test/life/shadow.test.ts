import { CharterbusError, ManualClock, sha256 } from '@charterbus/core-models';
import type { EngineRequest } from '@charterbus/policy-client';
import { type Rule, rulesConstitution, snapshotConstitution } from '@charterbus/policy-client/testing';
import { expect, test } from 'vitest';
import { claimAll, type Fleet, plainRules, startFleet, toWorker, turn } from '../support/fleet.js';
import { deskConstitution, doOnce } from '../support/refund-desk.js';

const noQueries: readonly Rule[] = [
  ...plainRules,
  { id: 'no-queries', effect: 'forbid', point: 'send', messageTypes: ['query'] },
];

const stageRules = ({ bus }: Pick<Fleet, 'bus'>, rules: readonly Rule[]): string =>
  bus.operations.constitution.stageLoaded(rulesConstitution(rules), { shadow: true }).hash;

/** Waits until the shadow has seen so many messages, in whatever way. */
const reportAfter = async ({ bus }: Pick<Fleet, 'bus'>, hash: string, messages: number) => {
  for (let count = 0; count < 10_000; count++) {
    const report = bus.operations.constitution.shadowReport(hash);
    if (report.judged + report.failed + report.dropped >= messages) return report;
    await turn();
  }
  throw new Error('The shadow does not get there.');
};

test('what a staged constitution would decide otherwise is counted and sampled, and nothing is decided by it', async () => {
  const fleet = await startFleet();
  const hash = stageRules(fleet, noQueries);
  const { messageId } = await fleet.planner.send(toWorker());
  await fleet.planner.send(toWorker({ type: 'event' }));
  await fleet.planner.send(toWorker());
  const report = await reportAfter(fleet, hash, 3);
  expect(await claimAll(fleet.worker)).toHaveLength(3);
  expect(report).toMatchObject({
    hash,
    against: fleet.bus.constitution.hash,
    judged: 3,
    different: 2,
    dropped: 0,
    failed: 0,
  });
  expect(report.differences).toMatchObject([
    {
      before: { effect: 'allow' },
      after: { effect: 'deny', policies: ['no-queries'], reasons: ['no-queries'] },
      count: 2,
    },
  ]);
  expect(report.samples[0]).toMatchObject({
    about: { message: messageId, tenant: 'acme', from: 'planner', type: 'query' },
    after: { effect: 'deny', binds: { constitutionDigest: hash } },
  });
});

test('what is denied now and would be allowed is seen as well', async () => {
  const fleet = await startFleet({ rules: noQueries });
  const hash = stageRules(fleet, plainRules);
  await expect(fleet.planner.send(toWorker())).rejects.toThrow(CharterbusError);
  const { differences } = await reportAfter(fleet, hash, 1);
  expect(differences).toMatchObject([
    { before: { effect: 'deny', policies: ['no-queries'] }, after: { effect: 'allow' } },
  ]);
});

test('of a message to everyone each recipient is compared', async () => {
  const fleet = await startFleet();
  await fleet.bus.register({ tenant: 'acme', id: 'clerk' });
  const hash = stageRules(fleet, [...plainRules, { id: 'closed', effect: 'forbid', point: 'receive' }]);
  await fleet.planner.broadcast({ type: 'event', content: 1 });
  expect(await reportAfter(fleet, hash, 1)).toMatchObject({ judged: 1, different: 1, differences: [{ count: 2 }] });
});

const misbehaving: readonly (readonly [string, (request: EngineRequest) => unknown])[] = [
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
  ['answers nonsense', () => 'yes'],
  ['rejects', () => Promise.reject(new Error('broken'))],
  ['never answers', () => Promise.withResolvers<void>().promise],
];

test.each(misbehaving)(
  'a staged engine that %s holds up nobody, and is a denial in the report alone',
  async (_, evaluate) => {
    const fleet = await startFleet();
    const { clock, bus } = fleet;
    const staged = snapshotConstitution(
      { policies: [], evaluate, close: () => Promise.resolve() },
      {
        clock,
        timers: clock,
        hash: sha256('broken'),
        onFault: () => {
          throw new Error('An observer of faults.');
        },
      },
    );
    const { hash } = bus.operations.constitution.stageLoaded(staged, { shadow: true });
    await fleet.planner.send(toWorker());
    const [delivery] = await claimAll(fleet.worker);
    expect(delivery?.verdict.effect).toBe('allow');
    await turn();
    await turn();
    clock.advance(60_000);
    expect((await reportAfter(fleet, hash, 1)).differences).toMatchObject([{ after: { effect: 'deny' }, count: 1 }]);
    expect(fleet.failures).toEqual([]);
  },
);

test('what comes faster than the shadow works is dropped and counted, and delivered all the same', async () => {
  const fleet = await startFleet();
  const hash = stageRules(fleet, noQueries);
  const results = await fleet.planner.sendBatch(Array.from({ length: 3000 }, () => toWorker()));
  expect(results.filter(({ status }) => status === 'accepted')).toHaveLength(3000);
  const { judged, dropped, samples } = await reportAfter(fleet, hash, 3000);
  expect([judged + dropped, dropped > 0, judged >= 1000, samples.length]).toEqual([3000, true, true, 50]);
});

test('facts of a conversation are seen as they were, and are not changed by the shadow', async () => {
  const decisions = async (shadowed: boolean) => {
    const clock = new ManualClock();
    const fleet = await startFleet({ constitution: deskConstitution({ clock }) });
    const hash = sha256('other desk');
    if (shadowed) {
      fleet.bus.operations.constitution.stageLoaded(deskConstitution({ clock, hash }), { shadow: true });
    }
    const orders = ['a', 'a', 'b', 'a', 'b', 'c'];
    const outcomes = await Promise.allSettled(orders.map((order) => doOnce(fleet.planner, 'cancel', order, 'one')));
    const report = shadowed ? await reportAfter(fleet, hash, orders.length) : undefined;
    return { statuses: outcomes.map(({ status }) => status), different: report?.different };
  };
  const alone = await decisions(false);
  expect(await decisions(true)).toEqual({ ...alone, different: 0 });
});

test('an activation begins the comparison anew; there is nothing to tell of what is not staged in shadow', async () => {
  const fleet = await startFleet();
  const { constitution } = fleet.bus.operations;
  const shadowed = stageRules(fleet, noQueries);
  await fleet.planner.send(toWorker());
  await reportAfter(fleet, shadowed, 1);
  const next = constitution.stageLoaded(rulesConstitution([...noQueries, { id: 'more', effect: 'permit' }]));
  expect(() => constitution.shadowReport(next.hash)).toThrow(
    expect.objectContaining({ code: 'CONSTITUTION_NOT_STAGED' }) as Error,
  );
  await constitution.activate(next.hash, { why: 'next' });
  expect(constitution.shadowReport(shadowed)).toMatchObject({ against: next.hash, judged: 0, different: 0 });
  await expect(fleet.planner.send(toWorker())).rejects.toThrow(CharterbusError);
  expect(await reportAfter(fleet, shadowed, 1)).toMatchObject({ judged: 1, different: 0 });
});
