import { ManualClock, quotasManifestSchema } from '@charterbus/core-models';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { describe, expect, it } from 'vitest';
import { createBus, memoryBackend, type OpenBackend } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import {
  claimAll,
  plainRules,
  proofOf,
  refusal,
  sendHeld,
  startBus,
  startFleet,
  toWorker,
  turn,
} from '../support/fleet.js';

const quotasOf = (quotas: unknown) => quotasManifestSchema.parse(quotas);

const backends: readonly (readonly [name: string, open: () => OpenBackend])[] = [
  ['memory', () => memoryBackend()],
  ['SQLite', () => sqliteBackend({ directory: temporaryDirectory() })],
];

describe.each(backends)('quotas on %s', (_name, open) => {
  it('stop whoever is too fast, say when to come again, and let it in then', async () => {
    const quotas = quotasOf({ fast: { kind: 'rate', messages: 2, seconds: 10 } });
    const { planner, clock, bus } = await startFleet({ backend: open(), manifest: { quotas } });
    await planner.send(toWorker());
    await planner.send(toWorker());
    const refused = await refusal(planner.send(toWorker()));
    expect(refused).toMatchObject({ code: 'QUOTA_EXCEEDED', details: { reasons: ['fast'] } });
    expect(refused.retryAfterMs).toBe(5000);
    expect((await bus.operations.trace(String(refused.details['messageId']))).status).toBe('failed');
    clock.advance(5000);
    await planner.send(toWorker());
  });

  it('count each agent for itself', async () => {
    const quotas = quotasOf({ fast: { kind: 'rate', messages: 1, seconds: 60 } });
    const { planner, worker } = await startFleet({ backend: open(), manifest: { quotas } });
    await planner.send(toWorker());
    await worker.send({ ...toWorker(), to: { agent: 'planner' } });
    expect((await refusal(planner.send(toWorker()))).code).toBe('QUOTA_EXCEEDED');
  });

  it('stop before a budget is exceeded, and charge nothing for what was denied', async () => {
    const quotas = quotasOf({ money: { kind: 'budget', measure: 'cost', limit: 1, period: 'day', per: 'tenant' } });
    const { planner, worker } = await startFleet({ backend: open(), manifest: { quotas } });
    await planner.send(toWorker({ usage: { cost: 0.6 } }));
    // Denied by the policies: it gives back what it took.
    const command = { to: { agent: 'planner' }, type: 'command', content: 1, usage: { cost: 0.4 } } as const;
    expect((await refusal(worker.send(command))).code).toBe('POLICY_DENIED');
    expect((await refusal(planner.send(toWorker({ usage: { cost: 0.400001 } })))).code).toBe('QUOTA_EXCEEDED');
    await planner.send(toWorker({ usage: { cost: 0.4 } }));
    await planner.send(toWorker());
  });

  it('count messages that are not finished, held ones among them', async () => {
    const quotas = quotasOf({ open: { kind: 'concurrency', messages: 2 } });
    const { bus, planner, worker } = await startFleet({ backend: open(), manifest: { quotas } });
    await planner.send(toWorker());
    const { messageId } = await sendHeld(planner);
    expect((await refusal(planner.send(toWorker()))).code).toBe('QUOTA_EXCEEDED');
    for (const delivery of await claimAll(worker)) await worker.ack(proofOf(delivery));
    await planner.send(toWorker());
    expect((await refusal(planner.send(toWorker()))).code).toBe('QUOTA_EXCEEDED');
    await bus.operations.refuse(messageId, 'no');
    await planner.send(toWorker());
  });

  it('take a repeated send for what it is', async () => {
    const quotas = quotasOf({ few: { kind: 'budget', limit: 1, period: 'day' } });
    const { planner } = await startFleet({ backend: open(), manifest: { quotas } });
    await planner.send(toWorker({ dedupeKey: 'one' }));
    expect(await planner.send(toWorker({ dedupeKey: 'one' }))).toMatchObject({ duplicate: true });
  });

  it('show operators what is used, and warn once', async () => {
    const warnings: string[] = [];
    const quotas = quotasOf({ few: { kind: 'budget', limit: 4, period: 'day', warn: 0.5 } });
    const { bus, planner } = await startFleet({
      backend: open(),
      manifest: { quotas },
      onQuotaWarning: ({ quota, subject, share }) => void warnings.push(`${quota} ${subject} ${share}`),
    });
    for (let n = 0; n < 3; n++) await planner.send(toWorker());
    expect(warnings).toEqual(['few acme/planner 0.5']);
    expect(await bus.operations.usage.quotas({ tenant: 'acme' })).toMatchObject([
      { quota: 'few', subject: 'acme/planner', used: 3, limit: 4, share: 0.75 },
    ]);
  });
});

it('are remembered through a restart: budgets by what was counted, places by what is not finished', async () => {
  const directory = temporaryDirectory();
  const manifest = {
    quotas: quotasOf({
      day: { kind: 'budget', limit: 3, period: 'day' },
      open: { kind: 'concurrency', messages: 2 },
    }),
  };
  const first = await startFleet({ backend: sqliteBackend({ directory }), manifest });
  await first.planner.send(toWorker());
  await first.planner.send(toWorker());
  const { token } = await first.bus.operations.identity.issueToken({ tenant: 'acme', agent: 'planner' });
  await first.bus.drain(0);
  const { bus } = await startBus({ backend: sqliteBackend({ directory }), manifest });
  const planner = bus.connect(token);
  expect(await refusal(planner.send(toWorker()))).toMatchObject({ details: { reasons: ['open'] } });
  expect(await bus.operations.usage.quotas({ tenant: 'acme' })).toMatchObject([
    { quota: 'day', used: 2 },
    { quota: 'open', used: 2 },
  ]);
});

it('are not guessed: a start that cannot count what was used before says so, in a bounded time', async () => {
  const clock = new ManualClock();
  const manifest = { quotas: quotasOf({ day: { kind: 'budget', limit: 3, period: 'day' } }) };
  const constitution = rulesConstitution(plainRules, { clock, timers: clock, manifest });
  const asked = Promise.withResolvers<void>();
  const backend: OpenBackend = async (environment) => {
    const whole = await memoryBackend()(environment);
    const { usage } = whole;
    const read = async (): Promise<never> => {
      asked.resolve();
      throw new Error('EIO');
    };
    const source = { name: 'failing', read, watch: () => ({ [Symbol.dispose]: () => undefined }) };
    return { ...whole, usage: { ...usage, sources: [source] } };
  };
  const opening = createBus({ backend, constitution, clock, timers: clock, onBackgroundError: () => undefined });
  await asked.promise;
  // It is tried again and again, later each time.
  for (let n = 0; n < 20; n++) await turn();
  clock.advance(60_000);
  expect(await refusal(opening)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
});
