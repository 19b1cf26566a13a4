import { StoreError } from '@charterbus/core-models';
import { expect, test, vi } from 'vitest';
import { memoryBackend, type OpenBackend } from '../../src/index.js';
import { claimAll, refusal, startFleet, toWorker, turn } from '../support/fleet.js';

/** Agents whose registry has lost its store, from a given check on. */
const startStale = async () => {
  let checksLeft = Number.POSITIVE_INFINITY;
  const backend: OpenBackend = async (environment) => {
    const opened = await memoryBackend()(environment);
    opened.registry.checkCurrent = () => {
      checksLeft -= 1;
      if (checksLeft < 0) throw new StoreError('REGISTRY_STALE', 'The store is out of reach.', { retryAfterMs: 2000 });
    };
    return opened;
  };
  const fleet = await startFleet({ backend });
  return { ...fleet, staleAfter: (checks: number) => (checksLeft = checks) };
};

test('while nobody knows who is registered, no agent sends or takes; afterwards all goes on', async () => {
  const { planner, worker, bus, staleAfter } = await startStale();
  await planner.send(toWorker());
  const [delivery] = await claimAll(worker);
  const proof = { deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 };
  await planner.send(toWorker());
  staleAfter(0);
  for (const call of [
    () => planner.send(toWorker()),
    () => claimAll(worker),
    async () => worker.handle(() => undefined),
  ]) {
    expect(await refusal(call())).toMatchObject({ code: 'REGISTRY_STALE', retryAfterMs: 2000 });
  }
  // What it has in hand it may finish: that says nothing to anybody.
  await worker.ack(proof);
  expect(bus.counts).toEqual({ queued: 1, leased: 0, held: 0 });
  staleAfter(Number.POSITIVE_INFINITY);
  expect(await claimAll(worker)).toHaveLength(1);
});

test('what was leased while the store was lost is given back and not to the agent', async () => {
  const { planner, worker, bus, staleAfter } = await startStale();
  await planner.send(toWorker());
  // Current when the claim is made, and no longer when something was found for it.
  staleAfter(1);
  const refused = await refusal(claimAll(worker));
  expect(refused.code).toBe('REGISTRY_STALE');
  expect(bus.counts).toEqual({ queued: 1, leased: 0, held: 0 });
  staleAfter(Number.POSITIVE_INFINITY);
  expect(await claimAll(worker)).toHaveLength(1);
});

test('a handler is given nothing meanwhile, and goes on when the store is there again', async () => {
  const { planner, worker, clock, failures, staleAfter } = await startStale();
  const handler = vi.fn<() => undefined>();
  worker.handle(handler);
  await turn();
  // A send looks three times, the last time at its commit: accepted, and then the store is lost.
  staleAfter(3);
  await planner.send(toWorker());
  for (let count = 0; count < 10; count += 1) await turn();
  expect(handler).not.toHaveBeenCalled();
  expect(failures).toEqual(['claim: REGISTRY_STALE']);
  staleAfter(Number.POSITIVE_INFINITY);
  for (let count = 0; count < 10; count += 1) {
    clock.advance(1000);
    await turn();
  }
  expect(handler).toHaveBeenCalledTimes(1);
});
