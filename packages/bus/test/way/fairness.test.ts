import { rulesConstitution } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { createBus } from '../../src/index.js';
import { startFleet, toWorker } from '../support/fleet.js';

test('two handlers that answer each other without end let others have their turns', async () => {
  const { planner, worker } = await startFleet();
  let rallies = 0;
  const most = 20_000;
  const rally = (from: typeof planner, agent: string) => (): void => {
    rallies += 1;
    if (rallies < most) void from.send({ to: { agent }, type: 'query', content: rallies });
  };
  planner.handle(rally(planner, 'worker'));
  worker.handle(rally(worker, 'planner'));
  let seen = 0;
  const other = setImmediate(() => {
    seen = rallies;
  });
  await planner.send(toWorker());
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 0);
  await promise;
  clearImmediate(other);
  expect(seen).toBeLessThan(most / 10);
});

test('a batch lets others have their turns', async () => {
  const bus = await createBus({ constitution: rulesConstitution([{ id: 'all', effect: 'permit' }]) });
  onTestFinished(async () => void (await bus.drain(0)));
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
  await bus.register({ tenant: 'acme', id: 'worker' });
  let turns = 0;
  let over = false;
  const count = (): void => {
    turns += 1;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const results = await planner.sendBatch(Array.from({ length: 10_000 }, (_, place) => toWorker({ content: place })));
  over = true;
  expect(results.every(({ status }) => status === 'accepted')).toBe(true);
  expect(turns).toBeGreaterThan(3);
});
