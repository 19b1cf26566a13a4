import { expect, it } from 'vitest';
import { claimAll, refusal, startFleet, toWorker } from '../support/fleet.js';

it('a delay puts a message off from its acceptance on', async () => {
  const { clock, planner, worker } = await startFleet();
  await planner.send(toWorker({ delayMs: 5000 }));
  clock.advance(4999);
  expect(await claimAll(worker)).toEqual([]);
  clock.advance(1);
  const [delivery] = await claimAll(worker);
  expect(delivery?.message.deliverAt).toBe(new Date(clock.now()).toISOString());
});

it('none is no delay', async () => {
  const { planner, worker } = await startFleet();
  await planner.send(toWorker({ delayMs: 0 }));
  expect((await claimAll(worker))[0]?.message).not.toHaveProperty('deliverAt');
});

it('a delay is refused beside a moment, beyond thirty days, and where the message has expired by then', async () => {
  const { clock, planner } = await startFleet();
  for (const wrong of [
    { delayMs: 5, deliverAt: clock.now() + 5 },
    { delayMs: 30 * 86_400_000 + 1 },
    { delayMs: -1 },
    { delayMs: 1000, expiresAt: clock.now() + 1000 },
  ]) {
    const error = await refusal(planner.send(toWorker(wrong)));
    expect([error.code, JSON.stringify(error.details['issues'])]).toEqual([
      'MESSAGE_INVALID',
      expect.stringContaining('delayMs'),
    ]);
  }
  await planner.send(toWorker({ delayMs: 30 * 86_400_000 }));
});

it('the same delay under one dedupe key is the same message, another one is not', async () => {
  const { clock, planner } = await startFleet();
  const first = await planner.send(toWorker({ delayMs: 5000, dedupeKey: 'k' }));
  clock.advance(10);
  const again = await planner.send(toWorker({ delayMs: 5000, dedupeKey: 'k' }));
  expect([again.messageId, again.duplicate]).toEqual([first.messageId, true]);
  expect((await refusal(planner.send(toWorker({ delayMs: 6000, dedupeKey: 'k' })))).code).toBe('DEDUPE_CONFLICT');
});
