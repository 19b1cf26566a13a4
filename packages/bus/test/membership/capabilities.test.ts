import type { MessageDraft } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import type { AgentHandle, Bus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import { claimAll, refusal, startBus, turn } from '../support/fleet.js';

const all = [{ id: 'all', effect: 'permit' }] as const;
const stores = [
  ['in memory', () => ({})],
  ['on SQLite', () => ({ backend: sqliteBackend({ directory: temporaryDirectory() }) })],
] as const;

const toTranslators = (more: Partial<MessageDraft> = {}): MessageDraft => ({
  to: { capability: 'translate' },
  type: 'task_request',
  content: 'hello',
  ...more,
});

const registerIn = async (bus: Bus, tenant: string, id: string, ...capabilities: string[]): Promise<AgentHandle> =>
  (await bus.register({ tenant, id, capabilities })).handle;

const contents = async (handle: AgentHandle) => (await claimAll(handle)).map(({ message }) => message.content);

const settled = async (bus: Bus): Promise<void> => {
  while (bus.counts.queued + bus.counts.leased > 0) await turn();
};

describe.each(stores)('a message to a capability, %s', (_, store) => {
  it('is given to one agent that has it, and to nobody who has not', async () => {
    const { bus } = await startBus({ rules: all, ...store() });
    const planner = await registerIn(bus, 'acme', 'planner');
    const first = await registerIn(bus, 'acme', 'first', 'translate');
    const second = await registerIn(bus, 'acme', 'second', 'translate', 'sum');
    const summer = await registerIn(bus, 'acme', 'summer', 'sum');
    const receipt = await planner.send(toTranslators());
    expect(receipt.recipients).toEqual({ allowed: 1, held: 0, denied: 0 });
    expect(await contents(summer)).toEqual([]);
    expect([...(await contents(second)), ...(await contents(first))]).toEqual(['hello']);
    const trace = await bus.operations.trace(receipt.messageId);
    expect(trace.deliveries.map(({ recipient }) => recipient)).toEqual([{ tenant: 'acme', capability: 'translate' }]);
    expect(trace.deliveries[0]?.history).toMatchObject([{ kind: 'granted', holder: 'acme/second' }, {}]);
  });

  it('is an error where nobody else has it, in this tenant or in another', async () => {
    const { bus } = await startBus({ rules: all, ...store() });
    const only = await registerIn(bus, 'acme', 'only', 'translate');
    await registerIn(bus, 'rival', 'other', 'sum');
    for (const to of [
      { capability: 'translate' },
      { capability: 'sum' },
      { capability: 'translate', tenant: 'rival' },
    ]) {
      expect((await refusal(only.send(toTranslators({ to })))).code).toBe('RECIPIENT_UNREACHABLE');
    }
    expect(await contents(only)).toEqual([]);
  });

  it('goes to whoever has the least in hand', async () => {
    const { bus } = await startBus({ rules: all, ...store() });
    const planner = await registerIn(bus, 'acme', 'planner');
    const given = new Map<string, number>();
    const release = Promise.withResolvers<void>();
    for (const [id, credit] of [
      ['slow', 1],
      ['fast', 4],
    ] as const) {
      const handle = await registerIn(bus, 'acme', id, 'translate');
      handle.handle(
        async () => {
          given.set(id, (given.get(id) ?? 0) + 1);
          if (id === 'slow') await release.promise;
        },
        { credit },
      );
    }
    for (let count = 0; count < 20; count++) await planner.send(toTranslators({ content: count }));
    while (bus.counts.queued > 0) await turn();
    release.resolve();
    await settled(bus);
    expect([given.get('slow'), given.get('fast')]).toEqual([1, 19]);
  });

  it('is passed on where the policies deny it to one of those who have it', async () => {
    const rules = [
      ...all,
      { id: 'no-juniors', effect: 'forbid', point: 'receive', recipientRole: 'judicial' },
    ] as const;
    const { bus } = await startBus({ rules, ...store() });
    const planner = await registerIn(bus, 'acme', 'planner');
    const { handle: judge } = await bus.register({
      tenant: 'acme',
      id: 'a',
      role: 'judicial',
      capabilities: ['translate'],
    });
    const clerk = await registerIn(bus, 'acme', 'b', 'translate');
    await planner.send(toTranslators());
    expect(await contents(judge)).toEqual([]);
    expect(await contents(clerk)).toEqual(['hello']);
    await bus.operations.unregister({ tenant: 'acme', agent: 'b' });
    await planner.send(toTranslators());
    expect(await contents(judge)).toEqual([]);
    expect((await bus.operations.deadLetters()).items).toMatchObject([
      { recipient: { tenant: 'acme', capability: 'translate' }, reason: 'POLICY_DENIED' },
    ]);
  });

  it('answers a request, whoever of them takes it', async () => {
    const { bus } = await startBus({ rules: all, ...store() });
    const planner = await registerIn(bus, 'acme', 'planner', 'translate');
    const worker = await registerIn(bus, 'acme', 'worker', 'translate');
    worker.handle(({ content }) => [content, 'translated']);
    expect((await planner.request(toTranslators())).content).toEqual(['hello', 'translated']);
  });
});

it('nobody of another tenant with an equal capability gets it, unless the message names that tenant', async () => {
  const { bus } = await startBus({ rules: all });
  const planner = await registerIn(bus, 'acme', 'planner');
  const ours = await registerIn(bus, 'acme', 'worker', 'translate');
  const theirs = await registerIn(bus, 'rival', 'worker', 'translate');
  await planner.send(toTranslators({ content: 'ours' }));
  await planner.send(toTranslators({ content: 'theirs', to: { capability: 'translate', tenant: 'rival' } }));
  expect(await contents(theirs)).toEqual(['theirs']);
  expect(await contents(ours)).toEqual(['ours']);
});

it('policies see at send which capability is addressed', async () => {
  const rules = [...all, { id: 'no-shell', effect: 'forbid', point: 'send', toCapability: 'shell' }] as const;
  const { bus } = await startBus({ rules });
  const planner = await registerIn(bus, 'acme', 'planner');
  const worker = await registerIn(bus, 'acme', 'worker', 'shell', 'translate');
  expect((await refusal(planner.send(toTranslators({ to: { capability: 'shell' } })))).code).toBe('POLICY_DENIED');
  await planner.send(toTranslators());
  expect(await contents(worker)).toEqual(['hello']);
});

it('waits for another who has it when the last of them goes, and is given up after a time', async () => {
  const { bus, clock } = await startBus({ rules: all, delivery: { emptyGroupMs: 60_000 } });
  const planner = await registerIn(bus, 'acme', 'planner');
  await registerIn(bus, 'acme', 'first', 'translate');
  await planner.send(toTranslators({ content: 'kept' }));
  await bus.operations.unregister({ tenant: 'acme', agent: 'first' });
  clock.advance(30_000);
  const second = await registerIn(bus, 'acme', 'second', 'translate');
  expect(await contents(second)).toEqual(['kept']);
  await planner.send(toTranslators({ content: 'given up' }));
  await bus.operations.unregister({ tenant: 'acme', agent: 'second' });
  clock.advance(60_000);
  for (let count = 0; count < 5; count++) await turn();
  expect((await bus.operations.deadLetters()).items.map(({ reason }) => reason)).toContain('CAPABILITY_ABSENT');
});

it('survives a restart, with the agents that have it', async () => {
  const directory = temporaryDirectory();
  const first = await startBus({ rules: all, backend: sqliteBackend({ directory }) });
  const planner = await registerIn(first.bus, 'acme', 'planner');
  const { token } = await first.bus.register({ tenant: 'acme', id: 'worker', capabilities: ['translate'] });
  await planner.send(toTranslators({ content: 'kept' }));
  await first.bus.drain(0);
  const { bus } = await startBus({ rules: all, backend: sqliteBackend({ directory }) });
  expect(await contents(bus.connect(token))).toEqual(['kept']);
});
