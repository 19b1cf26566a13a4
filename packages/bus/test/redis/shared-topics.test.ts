import { rulesConstitution } from '@charterbus/policy-client/testing';
import { expect, test, vi } from 'vitest';
import type { AgentHandle, Bus, BusOptions } from '../../src/index.js';
import { claimAll, refusal, toWorker } from '../support/fleet.js';
import { everywhere, fleetOn, sharedRedis } from '../support/redis.js';

const redis = sharedRedis();

const withinASecond = { timeout: 1000, interval: 5 };
const patience = { timeout: 10_000, interval: 5 };
const job = { to: { topic: 'jobs.new' }, type: 'event', content: { job: 1 } } as const;
const crew = { group: 'crew' } as const;
const all = [{ id: 'all', effect: 'permit' }] as const;
const worker = { tenant: 'acme', agent: 'worker' } as const;

const twoBuses = async (options: Partial<BusOptions> = {}) => {
  const fleet = await fleetOn(redis.url(), 2, { constitution: rulesConstitution(all), ...options });
  const [here, there] = fleet.buses as [Bus, Bus];
  const agent = (id: string) => everywhere(fleet.buses, id) as Promise<[here: AgentHandle, there: AgentHandle]>;
  return { ...fleet, here, there, agent };
};

const untilTaken = (handle: AgentHandle) => vi.waitFor(() => handle.send(job), withinASecond);

test('a subscription made at one bus is used by what is published at another within a second, and so is its end', async () => {
  const { agent, failures, open } = await twoBuses();
  const [workerHere, workerThere] = await agent('worker');
  const [, planner] = await agent('planner');
  expect((await refusal(planner.send(job))).code).toBe('RECIPIENT_UNREACHABLE');
  await workerHere.subscribe('jobs.*');
  expect((await untilTaken(planner)).recipients?.allowed).toBe(1);
  expect(await claimAll(workerThere)).toHaveLength(1);
  // It is there again for whoever comes later.
  const later = await (await open()).register({ tenant: 'acme', id: 'later' });
  expect((await later.handle.send(job)).recipients?.allowed).toBe(1);
  await vi.waitFor(() => expect(workerThere.unsubscribe('jobs.*')).resolves.toBe(true), withinASecond);
  await vi.waitFor(
    async () => expect((await refusal(later.handle.send(job))).code).toBe('RECIPIENT_UNREACHABLE'),
    withinASecond,
  );
  expect(failures).toEqual([]);
});

test('what one bus pauses no other gives, from when the pause resolves until it is resumed by whichever', async () => {
  const { here, there, agent, open, failures } = await twoBuses();
  const [workerHere, workerThere] = await agent('worker');
  const [planner] = await agent('planner');
  await planner.send(toWorker({ content: 'before' }));
  const handled: unknown[] = [];
  await here.operations.pause(worker, 'repairs');
  expect(await claimAll(workerThere)).toEqual([]);
  workerThere.handle(({ content }) => void handled.push(content));
  await planner.send(toWorker({ content: 'after' }));
  expect(await claimAll(workerHere)).toEqual([]);
  await vi.waitFor(() => expect(there.operations.pauses).toMatchObject([{ reason: 'repairs' }]), withinASecond);
  const third = await open();
  expect(third.operations.pauses).toHaveLength(1);
  expect(handled).toEqual([]);
  expect(await there.operations.resume(worker)).toBe(true);
  await vi.waitFor(() => expect(new Set(handled)).toEqual(new Set(['after', 'before'])), patience);
  await vi.waitFor(
    () => expect([here, third].flatMap(({ operations }) => operations.pauses)).toEqual([]),
    withinASecond,
  );
  expect(failures).toEqual([]);
});

test('of buses that pause at once none takes back what another has paused', async () => {
  const { here, there, agent } = await twoBuses();
  const [workerHere, workerThere] = await agent('worker');
  const [planner] = await agent('planner');
  await workerHere.subscribe('orders.>');
  await vi.waitFor(() => planner.send({ ...job, to: { topic: 'orders.eu' } }), withinASecond);
  await claimAll(workerHere);
  for (let round = 0; round < 20; round++) {
    const topics = [`orders.a${round}`, `orders.b${round}`] as const;
    await Promise.all([
      here.operations.pause({ tenant: 'acme', topic: topics[0] }, 'here'),
      there.operations.pause({ tenant: 'acme', topic: topics[1] }, 'there'),
    ]);
    for (const topic of topics) await planner.send({ ...job, to: { topic } });
    expect([await claimAll(workerHere), await claimAll(workerThere)]).toEqual([[], []]);
  }
  await here.operations.pause({ tenant: 'acme' }, 'all');
  const { pauses } = here.operations;
  for (const { tenant, topic } of pauses as readonly { readonly tenant: string; readonly topic?: string }[]) {
    if (topic !== undefined) await here.operations.resume({ tenant, topic });
  }
  expect(await claimAll(workerThere)).toEqual([]);
  await here.operations.resume({ tenant: 'acme' });
  expect((await claimAll(workerThere)).length).toBeGreaterThan(0);
});

test('a queue group with a member at each bus shares the work: each message is given once', async () => {
  const { agent, failures } = await twoBuses();
  const [memberHere] = await agent('a');
  const [, memberThere] = await agent('b');
  const [planner] = await agent('planner');
  const given = { here: [] as string[], there: [] as string[] };
  memberHere.handle(({ id }) => void given.here.push(id), { credit: 4 });
  memberThere.handle(({ id }) => void given.there.push(id), { credit: 4 });
  await memberHere.subscribe('jobs.*', crew);
  await memberThere.subscribe('jobs.>', crew);
  const sent = await Promise.all(Array.from({ length: 500 }, () => planner.send(job)));
  await vi.waitFor(() => expect(given.here.length + given.there.length).toBe(500), patience);
  expect([...given.here, ...given.there].toSorted()).toEqual(sent.map(({ messageId }) => messageId).toSorted());
  expect(Math.min(given.here.length, given.there.length)).toBeGreaterThan(0);
  expect(failures).toEqual([]);
});

test('what a member at one bus may not have a member at another is given', async () => {
  const rules = [
    { id: 'all', effect: 'permit' },
    { id: 'not-to-judges', effect: 'forbid', point: 'receive', recipientRole: 'judicial' },
  ] as const;
  const { here, there, agent } = await twoBuses({ constitution: rulesConstitution(rules) });
  const { handle: judge } = await here.register({ tenant: 'acme', id: 'judge', role: 'judicial' });
  const { handle: clerk } = await there.register({ tenant: 'acme', id: 'clerk' });
  const [planner] = await agent('planner');
  await judge.subscribe('jobs.*', crew);
  await clerk.subscribe('jobs.*', crew);
  // Until the judge's bus knows the clerk.
  await vi.waitFor(() => expect(here.operations.subscriptions().subscriptions).toHaveLength(2), withinASecond);
  const { messageId } = await planner.send(job);
  expect(await claimAll(judge)).toEqual([]);
  const [delivery] = await claimAll(clerk);
  expect([delivery?.message.id, delivery?.attempt]).toEqual([messageId, 1]);
});

test('one tenant cannot fill the queues alone, whatever bus it sends by', async () => {
  const { agent } = await twoBuses({ delivery: { tenantLimit: 3 } });
  const [workerHere] = await agent('worker');
  const [plannerHere, plannerThere] = await agent('planner');
  for (const planner of [plannerHere, plannerThere, plannerHere]) await planner.send(toWorker());
  expect((await refusal(plannerThere.send(toWorker()))).code).toBe('QUEUE_FULL');
  const [delivery] = await claimAll(workerHere);
  await workerHere.ack({ deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 });
  await plannerThere.send(toWorker());
  expect((await refusal(plannerHere.send(toWorker()))).code).toBe('QUEUE_FULL');
});
