import { rulesConstitution } from '@charterbus/policy-client/testing';
import { expect, test, vi } from 'vitest';
import type { AgentHandle, Bus } from '../../src/index.js';
import { claimAll, firstCall, refusal, toWorker, untilAborted } from '../support/fleet.js';
import { everywhere, fleetOn, sharedRedis } from '../support/redis.js';

const redis = sharedRedis();
const all = [{ id: 'all', effect: 'permit' }] as const;
const planner = { tenant: 'acme', agent: 'planner' } as const;
const patience = { timeout: 10_000, interval: 2 };

const twoBuses = async () => {
  const fleet = await fleetOn(redis.url(), 2, { constitution: rulesConstitution(all) });
  const [here, there] = fleet.buses as [Bus, Bus];
  const agent = (id: string) => everywhere(fleet.buses, id) as Promise<[here: AgentHandle, there: AgentHandle]>;
  return { ...fleet, here, there, agent };
};

test('what one server halts no other gives from then on, refuses to send, and takes out of the hands of its handlers', async () => {
  const { here, there, agent, open, failures } = await twoBuses();
  const [, workerThere] = await agent('worker');
  const [, plannerThere] = await agent('planner');
  const begun = firstCall<AbortSignal>();
  const handled: unknown[] = [];
  const subscription = workerThere.handle(
    async ({ content }, { signal }) => {
      handled.push(content);
      if (handled.length > 1) return;
      begun.call(signal);
      await untilAborted(signal);
    },
    { credit: 1 },
  );
  await plannerThere.send(toWorker({ content: 'in hand' }));
  const signal = await begun.called;
  await plannerThere.send(toWorker({ content: 'queued' }));
  await here.operations.killSwitch.halt(planner, 'rogue');
  await vi.waitFor(() => expect(signal.aborted).toBe(true), patience);
  expect(signal.reason).toMatchObject({ code: 'HALT_IN_FORCE' });
  expect((await refusal(plannerThere.send(toWorker()))).code).toBe('HALT_IN_FORCE');
  expect((await open()).operations.killSwitch.all).toMatchObject([{ ...planner, reason: 'rogue' }]);
  await subscription.stop();
  expect(await claimAll(workerThere)).toEqual([]);
  await there.operations.killSwitch.lift(planner, 'sorted out');
  const given = await vi.waitFor(async () => {
    const deliveries = await claimAll(workerThere);
    expect(deliveries).toHaveLength(2);
    return deliveries;
  }, patience);
  expect(new Set(given.map(({ message, attempt }) => JSON.stringify([message.content, attempt])))).toEqual(
    new Set(['["in hand",1]', '["queued",1]']),
  );
  expect(here.operations.killSwitch.all).toEqual([]);
  expect(failures).toEqual([]);
});

test('a lease of a consumer elsewhere ends when everything is halted, and its token is worth nothing', async () => {
  const { here, there, agent } = await twoBuses();
  const [workerHere, workerThere] = await agent('worker');
  const [plannerHere] = await agent('planner');
  await plannerHere.send(toWorker({ content: 'in hand' }));
  const [delivery] = await claimAll(workerThere);
  const proof = { deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 };
  await here.operations.killSwitch.halt({ everything: true }, 'stop');
  expect(['HALT_IN_FORCE', 'LEASE_LOST']).toContain((await refusal(workerThere.ack(proof))).code);
  expect((await refusal(claimAll(workerHere))).code).toBe('HALT_IN_FORCE');
  await vi.waitFor(() => expect(there.operations.killSwitch.all).toHaveLength(1), patience);
  await here.operations.killSwitch.lift({ everything: true }, 'go on');
  const [again] = await claimAll(workerHere);
  expect([again?.message.content, again?.attempt]).toEqual(['in hand', 1]);
  await vi.waitFor(async () => expect((await refusal(workerThere.ack(proof))).code).toBe('LEASE_LOST'), patience);
});
