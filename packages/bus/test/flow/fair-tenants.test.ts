import { expect, it } from 'vitest';
import type { AgentHandle } from '../../src/index.js';
import { claimAll, refusal, startBus, toWorker, turn } from '../support/fleet.js';

const all = [{ id: 'all', effect: 'permit' }] as const;
const backlog = 100_000;

const startTenants = async (options: Parameters<typeof startBus>[0] = {}) => {
  const { bus } = await startBus({ rules: all, ...options });
  const pair = async (tenant: string) => {
    const { handle: sender } = await bus.register({ tenant, id: 'planner' });
    const { handle: worker } = await bus.register({ tenant, id: 'worker' });
    return { sender, worker };
  };
  return { bus, big: await pair('big'), small: await pair('small') };
};

const fill = async (sender: AgentHandle, count: number): Promise<void> => {
  for (let sent = 0; sent < count; sent += 10_000) {
    const drafts = Array.from({ length: Math.min(10_000, count - sent) }, () => toWorker());
    const results = await sender.sendBatch(drafts);
    expect(results.every(({ status }) => status === 'accepted')).toBe(true);
  }
};

it('100,000 queued messages of one tenant hold up the first of another by at most 300 deliveries', async () => {
  const { big, small } = await startTenants({ delivery: { mailboxLimit: backlog, tenantLimit: backlog } });
  await fill(big.sender, backlog);
  let delivered = 0;
  let before: number | undefined;
  small.worker.handle(() => {
    before ??= delivered;
  });
  big.worker.handle(() => void (delivered += 1));
  while (delivered === 0) await turn();
  const begun = delivered;
  await small.sender.send(toWorker());
  while (before === undefined) await turn();
  expect(before - begun).toBeLessThanOrEqual(300);
  expect(delivered).toBeLessThan(backlog);
}, 120_000);

it('a batch of 10,000 holds up the first message of another by at most a tenth of it', async () => {
  const { big, small } = await startTenants();
  let handled = 0;
  let before: number | undefined;
  big.worker.handle(() => void (handled += 1));
  small.worker.handle(() => {
    before ??= handled;
  });
  const batch = big.sender.sendBatch(Array.from({ length: 10_000 }, (_, place) => toWorker({ content: place })));
  await turn();
  await small.sender.send(toWorker());
  while (before === undefined) await turn();
  expect(before).toBeLessThanOrEqual(1000);
  expect((await batch).every(({ status }) => status === 'accepted')).toBe(true);
});

it('a tenant that has filled its share is refused, and told when to come again; others are not', async () => {
  const { big, small } = await startTenants({ delivery: { tenantLimit: 3, retryAfterMs: 700 } });
  for (let count = 0; count < 3; count++) await big.sender.send(toWorker());
  const error = await refusal(big.sender.send(toWorker()));
  expect([error.code, error.retryAfterMs]).toEqual(['QUEUE_FULL', 700]);
  // To another mailbox of the tenant as well.
  expect((await refusal(big.worker.send({ ...toWorker(), to: { agent: 'planner' } }))).code).toBe('QUEUE_FULL');
  await small.sender.send(toWorker());
  const [delivery] = await claimAll(big.worker);
  await big.worker.ack({ deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 });
  await big.sender.send(toWorker());
});

it('a drain counts what is left in mailboxes of agents and of queue groups', async () => {
  const { bus, big } = await startTenants();
  await big.worker.subscribe('jobs.*', { group: 'crew' });
  await big.sender.send(toWorker());
  for (let count = 0; count < 2; count++)
    await big.sender.send({ to: { topic: 'jobs.new' }, type: 'event', content: 1 });
  const signal = new AbortController().signal;
  expect(await big.worker.claim({ max: 1, waitMs: 0, leaseMs: 60_000, signal })).toHaveLength(1);
  expect(await bus.drain(0)).toMatchObject({ queued: 2, leased: 1, held: 0, clean: true });
});
