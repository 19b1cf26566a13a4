import { quotasManifestSchema } from '@charterbus/core-models';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { describe, expect, it } from 'vitest';
import type { AgentHandle } from '../../src/index.js';
import { type Fleet, plainRules, refusal, startBus, startFleet, toWorker } from '../support/fleet.js';

const quotasOf = (quotas: unknown) => quotasManifestSchema.parse(quotas);

const messagesOf = async ({ bus, clock }: Pick<Fleet, 'bus' | 'clock'>) => {
  await bus.operations.usage.settled();
  const query = { bucket: 'day', from: clock.now() - 86_400_000, to: clock.now() + 86_400_000 } as const;
  const [total] = await bus.operations.usage.totals({ ...query, operation: 'agent_message', groupBy: [] });
  return total;
};

const noMeasures: readonly object[] = [
  { cost: -1 },
  { cost: Number.NaN },
  { cost: Number.POSITIVE_INFINITY },
  { cost: 1e300 },
  { inputTokens: 0.5 },
  { inputTokens: -1 },
  { outputTokens: 1e10 },
  { outputTokens: '1' },
  {},
  { costs: 1 },
];

describe('usage that senders make up', () => {
  it('is refused where it is no measure, and counted nowhere', async () => {
    const fleet = await startFleet();
    for (const usage of noMeasures) {
      expect((await refusal(fleet.planner.send(toWorker({ usage })))).code).toBe('MESSAGE_INVALID');
    }
    expect(await messagesOf(fleet)).toBeUndefined();
  });

  it('of less than a millionth costs a millionth each time, and adds up exactly', async () => {
    const quotas = quotasOf({ money: { kind: 'budget', measure: 'cost', limit: 0.000_003, period: 'day' } });
    const fleet = await startFleet({ manifest: { quotas } });
    for (let n = 0; n < 3; n++) await fleet.planner.send(toWorker({ usage: { cost: 1e-7 } }));
    expect((await refusal(fleet.planner.send(toWorker({ usage: { cost: 1e-7 } })))).code).toBe('QUOTA_EXCEEDED');
    expect(await messagesOf(fleet)).toMatchObject({ quantity: 4, costMicros: 4 });
  });

  it('of however little costs a millionth', async () => {
    const fleet = await startFleet();
    await fleet.planner.send(toWorker({ usage: { cost: 1e-12 } }));
    await fleet.planner.send(toWorker({ usage: { cost: Number.MIN_VALUE } }));
    expect(await messagesOf(fleet)).toMatchObject({ costMicros: 2 });
  });

  it('of the largest is added up exactly', async () => {
    const fleet = await startFleet();
    const usage = { inputTokens: 1_000_000_000, cost: 1_000_000 };
    for (let n = 0; n < 3; n++) await fleet.planner.send(toWorker({ usage }));
    expect(await messagesOf(fleet)).toMatchObject({ inputTokens: 3e9, costMicros: 3e12 });
  });

  it('of a broadcast is counted once, however many get it', async () => {
    const fleet = await startFleet();
    for (let n = 0; n < 10; n++) await fleet.bus.register({ tenant: 'acme', id: `w${n}` });
    await fleet.planner.broadcast({ type: 'event', content: 1, usage: { cost: 0.5, outputTokens: 3 } });
    expect(await messagesOf(fleet)).toMatchObject({ quantity: 1, outputTokens: 3, costMicros: 500_000 });
  });
});

it('a quota on a tool that nobody has limits nobody', async () => {
  const quotas = quotasOf({
    made: { kind: 'rate', messages: 1, seconds: 60, match: { tools: ['made_up'] } },
    each: { kind: 'rate', messages: 1, seconds: 60, per: 'agent-tool', match: { tools: ['made_up'] } },
  });
  const { bus, planner } = await startFleet({ manifest: { quotas } });
  for (let n = 0; n < 3; n++) await planner.send(toWorker());
  expect(await bus.operations.usage.quotas({ tenant: 'acme' })).toEqual([]);
});

const uncountable = [
  { kind: 'budget', measure: 'cost', limit: 1e-7, period: 'day' },
  { kind: 'budget', limit: 0.5, period: 'day' },
  { kind: 'budget', measure: 'cost', limit: 1e12, period: 'day' },
  { kind: 'rate', messages: 1, seconds: 1e-300 },
];

it('a quota that cannot be counted exactly is refused at the start and when it is staged, and nothing has changed', async () => {
  const { bus, clock, planner } = await startFleet();
  for (const quota of uncountable) {
    const manifest = { quotas: quotasOf({ odd: quota }) };
    await expect(startFleet({ manifest })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    const constitution = rulesConstitution(plainRules, { clock, timers: clock, manifest });
    expect(() => bus.operations.constitution.stageLoaded(constitution)).toThrow(
      expect.objectContaining({ code: 'CONSTITUTION_INVALID' }),
    );
  }
  expect(bus.operations.constitution.staged).toEqual([]);
  await planner.send(toWorker());
});

it('thousands of agents who send before anybody has counted are all counted', async () => {
  const { bus, clock } = await startBus({ delivery: { mailboxLimit: 100_000, totalLimit: 100_000 } });
  await bus.register({ tenant: 'acme', id: 'worker' });
  const handles: AgentHandle[] = [];
  for (let n = 0; n < 4200; n++) handles.push((await bus.register({ tenant: 'acme', id: `agent-${n}` })).handle);
  const types = ['query', 'event', 'task_request', 'command'] as const;
  const sends = handles.flatMap((handle) => types.map((type) => handle.send(toWorker({ type }))));
  const ended = await Promise.allSettled(sends);
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(3 * handles.length);
  expect(await messagesOf({ bus, clock })).toMatchObject({ quantity: ended.length });
  expect(bus.operations.usage.progress.filter(({ lost }) => lost > 0)).toEqual([]);
});
