import type { UsageTotal } from '@charterbus/metering';
import { describe, expect, it } from 'vitest';
import { memoryBackend, type OpenBackend } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import {
  claimAll,
  type Fleet,
  proofOf,
  refusal,
  sendHeld,
  startBus,
  startFleet,
  toWorker,
  untilTrace,
} from '../support/fleet.js';

const backends: readonly (readonly [name: string, open: () => OpenBackend])[] = [
  ['memory', () => memoryBackend()],
  ['memory without a log', () => memoryBackend({ log: false })],
  ['SQLite', () => sqliteBackend({ directory: temporaryDirectory() })],
];

const day = 86_400_000;

const totalsOf = async ({ bus, clock }: Fleet, groupBy: readonly ('operation' | 'outcome' | 'agent' | 'tier')[]) => {
  await bus.operations.usage.settled();
  const query = { bucket: 'day', from: clock.now() - day, to: clock.now() + day, groupBy } as const;
  return bus.operations.usage.totals(query);
};

const byOperation = (totals: readonly UsageTotal[]): Readonly<Record<string, number>> =>
  Object.fromEntries(totals.map(({ operation = '', quantity }) => [operation, quantity]));

/** Allowed and delivered, denied, held and released. */
const someTraffic = async (fleet: Fleet): Promise<void> => {
  const { bus, planner, worker } = fleet;
  for (let n = 0; n < 3; n++) await planner.send(toWorker());
  await refusal(worker.send({ ...toWorker(), to: { agent: 'planner' }, type: 'command' }));
  const { messageId } = await sendHeld(planner);
  for (const delivery of await claimAll(worker)) await worker.ack(proofOf(delivery));
  await bus.operations.release(messageId, 'seen');
  for (const delivery of await claimAll(worker)) await worker.ack(proofOf(delivery));
};

describe.each(backends)('usage on %s', (name, open) => {
  const audits = name !== 'memory without a log';

  it('counts each governed operation once', async () => {
    const fleet = await startFleet({ backend: open() });
    await someTraffic(fleet);
    const counted = byOperation(await totalsOf(fleet, ['operation']));
    expect(counted).toEqual({
      agent_message: 5,
      constitutional_validation: 5,
      // Two verdicts on each of three that are allowed; one on what is denied at send; on what is held the stricter of two.
      policy_evaluation: 3 * 2 + 1 + 1,
      deliberation_request: 1,
      hitl_approval: 1,
      // Five admissions, four deliveries, one release.
      ...(audits ? { audit_write: 10 } : {}),
    });
  });

  it('tells who, in which tier, and what came of it', async () => {
    const fleet = await startFleet({ backend: open() });
    await someTraffic(fleet);
    const rows = await totalsOf(fleet, ['operation', 'agent', 'tier', 'outcome']);
    const messages = rows.filter(({ operation }) => operation === 'agent_message');
    expect(messages.map(({ agent, tier, outcome, quantity }) => [agent, tier, outcome, quantity])).toEqual([
      ['planner', 'deliberation', 'escalate', 1],
      ['planner', 'standard', 'allow', 3],
      ['worker', 'standard', 'deny', 1],
    ]);
  });

  it('adds up what senders state, exactly', async () => {
    const fleet = await startFleet({ backend: open() });
    const usage = { inputTokens: 100, outputTokens: 20, cost: 0.1 };
    for (let n = 0; n < 10; n++) await fleet.planner.send(toWorker({ usage }));
    const [total] = (await totalsOf(fleet, ['operation'])).filter(({ operation }) => operation === 'agent_message');
    expect(total).toMatchObject({ inputTokens: 1000, outputTokens: 200, costMicros: 1_000_000 });
    expect(total?.bytes).toBeGreaterThan(0);
  });

  it('counts as decided only what somebody has decided', async () => {
    const fleet = await startFleet({ backend: open() });
    await sendHeld(fleet.planner);
    const expiresAt = new Date(fleet.clock.now() + 60_000).toISOString();
    const held = { to: { agent: 'worker' }, type: 'governance_request', content: 1, expiresAt } as const;
    const { messageId } = await fleet.planner.send(held);
    fleet.clock.advance(301_000);
    await untilTrace(fleet.bus, messageId, 'expired');
    await sendHeld(fleet.planner);
    await fleet.bus.operations.unregister({ tenant: 'acme', agent: 'worker' });
    const counted = byOperation(await totalsOf(fleet, ['operation']));
    expect([counted['deliberation_request'], counted['hitl_approval']]).toEqual([3, undefined]);
  });

  it('puts the tenants of the enterprise in their own tier', async () => {
    const fleet = await startFleet({ backend: open(), metering: { enterpriseTenants: ['acme'] } });
    await fleet.planner.send(toWorker());
    const tiers = new Set((await totalsOf(fleet, ['tier'])).map(({ tier }) => tier));
    expect([...tiers]).toEqual(['enterprise']);
  });
});

it('is counted on from where the process before ended, also where that counted nothing', async () => {
  const directory = temporaryDirectory();
  const first = await startFleet({ backend: sqliteBackend({ directory }) });
  await first.planner.send(toWorker());
  await first.bus.drain(0);
  const { bus, clock } = await startBus({ backend: sqliteBackend({ directory }) });
  await bus.operations.usage.settled();
  const query = { bucket: 'hour', from: clock.now() - day, to: clock.now() + day, groupBy: ['operation'] } as const;
  expect(byOperation(await bus.operations.usage.totals(query))['agent_message']).toBe(1);
});
