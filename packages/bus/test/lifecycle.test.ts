import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, StoreError } from '@charterbus/core-models';
import { allowAllConstitution } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { createBus, type OpenBackend } from '../src/index.js';
import { sqliteBackend } from '../src/sqlite.js';
import { firstCall, refusal, startFleet, toWorker, turn } from './support/fleet.js';

test('a drain lets handlers finish, takes nothing new and says what is left', async () => {
  const { bus, planner, worker } = await startFleet();
  const begun = firstCall<unknown>();
  const release = Promise.withResolvers<undefined>();
  worker.handle(
    (message) => {
      begun.call(message);
      return release.promise;
    },
    { credit: 1 },
  );
  await planner.sendBatch([toWorker(), toWorker(), toWorker()]);
  await begun.called;
  const draining = bus.drain(1000);
  expect((await refusal(planner.send(toWorker()))).code).toBe('BUS_DRAINING');
  release.resolve(undefined);
  expect(await draining).toEqual({ clean: true, queued: 2, leased: 0, held: 0 });
  expect((await refusal(planner.send(toWorker()))).code).toBe('BUS_CLOSED');
  expect(bus.accepting).toBe(false);
});

test('a handler that does not finish in time is told and left behind', async () => {
  const { bus, planner, worker, clock } = await startFleet();
  const begun = firstCall<AbortSignal>();
  worker.handle((_message, delivery) => {
    begun.call(delivery.signal);
    return Promise.withResolvers<undefined>().promise;
  });
  await planner.send(toWorker());
  const signal = await begun.called;
  const draining = bus.drain(1000);
  clock.advance(1000);
  for (let count = 0; count < 20; count++) await turn();
  clock.advance(1000);
  expect(await draining).toMatchObject({ clean: false, leased: 1 });
  expect(signal.aborted).toBe(true);
});

test('draining twice is draining once; `await using` drains', async () => {
  const { bus } = await startFleet();
  expect(bus.drain()).toBe(bus.drain());
  let kept;
  {
    await using inner = await createBus();
    kept = inner;
    expect(inner.constitution.name).toBe('default');
  }
  expect(kept.accepting).toBe(false);
});

test('an iteration and a waiting claim end when the bus drains', async () => {
  const { bus, worker, planner } = await startFleet();
  const iterated = (async () => {
    let count = 0;
    for await (const delivery of worker.deliveries()) count += delivery.attempt;
    return count;
  })();
  const claimed = planner.claim({ max: 1, waitMs: 60_000, leaseMs: 1000, signal: new AbortController().signal });
  await bus.drain(0);
  expect([await iterated, await claimed]).toEqual([0, []]);
});

test('a token connects again; a wrong one does not', async () => {
  const { bus } = await startFleet();
  const { token, handle } = await bus.register({ tenant: 'acme', id: 'late' });
  expect(bus.connect(token).agent).toEqual(handle.agent);
  expect(() => bus.connect(`${token}x`)).toThrow(expect.objectContaining({ code: 'CREDENTIAL_REFUSED' }) as Error);
});

test('a bus that cannot be opened leaves nothing running and nothing locked', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-lifecycle-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const clock = new ManualClock();
  const failures: string[] = [];
  const broken: OpenBackend = async (environment) => {
    const backend = await sqliteBackend({ directory })(environment);
    // Fails after the broker has started: as the first thing that is asked of it then.
    backend.broker.recipients = () => {
      throw new StoreError('STORE_CORRUPT', 'The disk cannot be read.');
    };
    return backend;
  };
  const opened = createBus({
    constitution: allowAllConstitution(),
    backend: broken,
    clock,
    timers: clock,
    onBackgroundError: (task) => void failures.push(task),
  });
  expect((await refusal(opened)).code).toBe('STORE_CORRUPT');
  clock.advance(600_000);
  await turn();
  expect(failures).toEqual([]);
  await (await createBus({ backend: sqliteBackend({ directory }) })).drain();
});
