import { afterEach, expect, test, vi } from 'vitest';
import { startFleet, toWorker, untilTrace } from './support/fleet.js';

afterEach(() => vi.restoreAllMocks());

test('a listener for background errors that throws ends no handler and no delivery', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const onBackgroundError = (): never => {
    throw new Error('the log is full');
  };
  const { bus, planner, worker, clock } = await startFleet({ onBackgroundError, delivery: { backoffMs: 100 } });
  let calls = 0;
  worker.handle(() => {
    calls += 1;
    if (calls === 1) throw new Error('once');
  });
  const { messageId } = await planner.send(toWorker());
  await untilTrace(bus, messageId, 'pending');
  clock.advance(100);
  await untilTrace(bus, messageId, 'delivered');
  expect(calls).toBe(2);
  expect(warned).toHaveBeenCalledWith(
    'The listener for background errors failed over handler (Error).',
    'CharterbusWarning',
  );
});
