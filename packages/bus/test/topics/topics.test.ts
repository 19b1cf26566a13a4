import { describe, expect, it } from 'vitest';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import { claimAll, refusal, startBus, startFleet, untilTrace } from '../support/fleet.js';

const created = { to: { topic: 'orders.eu.created' }, type: 'event', content: { order: 7 } } as const;

const startTeam = async (options: Parameters<typeof startBus>[0] = {}) => {
  const started = await startFleet(options);
  const { handle: second } = await started.bus.register({ tenant: 'acme', id: 'second', role: 'judicial' });
  return { ...started, second };
};

describe('a message to a topic', () => {
  it('comes to each agent that is subscribed, once however many of its patterns match', async () => {
    const { planner, worker, second } = await startTeam();
    for (const pattern of ['orders.>', 'orders.eu.*', '*.eu.created']) await worker.subscribe(pattern);
    await second.subscribe('orders.*.created');
    await planner.subscribe('orders.>');
    const receipt = await planner.send(created);
    expect(receipt.recipients).toEqual({ allowed: 2, held: 0, denied: 0 });
    const [mine] = [await claimAll(worker)];
    expect(mine.map(({ message }) => message.to)).toEqual([{ tenant: 'acme', topic: 'orders.eu.created' }]);
    expect(await claimAll(second)).toHaveLength(1);
    // What it publishes itself does not come back.
    expect(await claimAll(planner)).toEqual([]);
  });

  it('that nobody is subscribed to is an error for its sender', async () => {
    const { planner, worker } = await startTeam();
    await worker.subscribe('orders.us.*');
    expect((await refusal(planner.send(created))).code).toBe('RECIPIENT_UNREACHABLE');
    await worker.subscribe('orders.eu.*');
    expect((await planner.send(created)).status).toBe('accepted');
    expect(await worker.unsubscribe('orders.eu.*')).toBe(true);
    expect(await worker.unsubscribe('orders.eu.*')).toBe(false);
    expect((await refusal(planner.send(created))).code).toBe('RECIPIENT_UNREACHABLE');
    // What it brought stays.
    expect(await claimAll(worker)).toHaveLength(1);
  });

  it('is judged for each recipient at receive, where policies see the topic', async () => {
    const rules = [
      { id: 'all', effect: 'permit' },
      { id: 'no-secrets', effect: 'forbid', point: 'receive', toTopic: 'secrets', recipientRole: 'judicial' },
      { id: 'no-audit', effect: 'forbid', point: 'send', toTopic: 'audit' },
    ] as const;
    const { planner, worker, second } = await startTeam({ rules });
    for (const handle of [worker, second]) await handle.subscribe('>');
    const receipt = await planner.send({ ...created, to: { topic: 'secrets' } });
    expect(receipt.recipients).toEqual({ allowed: 1, held: 0, denied: 1 });
    expect([(await claimAll(worker)).length, (await claimAll(second)).length]).toEqual([1, 0]);
    const error = await refusal(planner.send({ ...created, to: { topic: 'audit' } }));
    expect([error.code, error.details['reasons']]).toEqual(['POLICY_DENIED', ['no-audit']]);
  });

  it('is immutable: what one recipient tries with its copy reaches no other', async () => {
    const { bus, planner, worker, second } = await startTeam();
    const content = { list: [1], nested: { deep: true } };
    const seen: unknown[] = [];
    const failed: unknown[] = [];
    for (const handle of [worker, second]) {
      await handle.subscribe('orders.>');
      handle.handle(({ content: got, to }) => {
        seen.push(JSON.parse(JSON.stringify([got, to])));
        for (const change of [{ list: [] }, { more: 1 }]) {
          try {
            Object.assign(got as object, change);
          } catch (error) {
            failed.push(error);
          }
        }
      });
    }
    const { messageId } = await planner.send({ ...created, content });
    await untilTrace(bus, messageId, 'delivered');
    expect(failed.map((error) => error instanceof TypeError)).toEqual([true, true, true, true]);
    expect(seen[0]).toEqual(seen[1]);
  });
});

describe('a topic in another tenant', () => {
  const crossing = { ...created, to: { topic: 'orders.eu.created', tenant: 'rival' } } as const;

  it('needs policies for both sides, and looks unknown without them, whoever is subscribed', async () => {
    const denials: unknown[] = [];
    for (const subscribed of [false, true]) {
      const { bus, planner, stranger } = await startTeam();
      if (subscribed) await stranger.subscribe('orders.>');
      const { code, message, details, remedy } = await refusal(planner.send(crossing));
      const { messageId } = details as { readonly messageId: string };
      const { verdicts, recipients, deliveries, status } = await planner.trace(messageId);
      const told = verdicts.map(({ at: _, binds: __, ...verdict }) => verdict);
      denials.push({
        code,
        message,
        remedy,
        details: { ...details, messageId: '' },
        told,
        recipients,
        deliveries,
        status,
      });
      await bus.drain(0);
    }
    expect(denials[0]).toMatchObject({ code: 'RECIPIENT_UNREACHABLE' });
    expect(denials[1]).toEqual(denials[0]);
  });

  it('does not tell its sender who is subscribed there', async () => {
    const rules = [
      { id: 'all', effect: 'permit' },
      { id: 'not-to-judges', effect: 'forbid', point: 'receive', recipientRole: 'judicial' },
    ] as const;
    const { bus, planner, stranger } = await startTeam({ rules });
    const { handle: judge } = await bus.register({ tenant: 'rival', id: 'judge', role: 'judicial' });
    for (const handle of [stranger, judge]) await handle.subscribe('orders.>');
    const receipt = await planner.send(crossing);
    expect(receipt.recipients).toEqual({ allowed: 1, held: 0, denied: 0 });
    expect(receipt.verdicts.map(({ point }) => point)).toEqual(['send']);
    expect((await planner.trace(receipt.messageId)).recipients).toEqual({ allowed: 1, held: 0, denied: 0 });
    expect(await claimAll(stranger)).toHaveLength(1);
  });
});

describe('a subscription', () => {
  it('is there again after a restart, and matches', async () => {
    const directory = temporaryDirectory();
    const first = await startBus({ backend: sqliteBackend({ directory }) });
    const { token } = await first.bus.register({ tenant: 'acme', id: 'worker' });
    const { token: sender } = await first.bus.register({ tenant: 'acme', id: 'planner' });
    const handle = first.bus.connect(token);
    await handle.subscribe('orders.>');
    await handle.subscribe('jobs.*', { group: 'crew' });
    await first.bus.drain(0);
    const { bus } = await startBus({ backend: sqliteBackend({ directory }) });
    const again = bus.connect(token);
    expect(again.subscriptions).toMatchObject([{ pattern: 'jobs.*', group: 'crew' }, { pattern: 'orders.>' }]);
    await bus.connect(sender).send(created);
    await bus.connect(sender).send({ ...created, to: { topic: 'jobs.new' } });
    expect(await claimAll(again)).toHaveLength(2);
  });

  it('ends with its agent: who is registered under the id later is another', async () => {
    const directory = temporaryDirectory();
    const { bus } = await startBus({ backend: sqliteBackend({ directory }) });
    const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
    const { handle: worker } = await bus.register({ tenant: 'acme', id: 'worker' });
    await worker.subscribe('orders.>');
    await bus.operations.unregister({ tenant: 'acme', agent: 'worker' });
    expect((await refusal(worker.subscribe('orders.>'))).code).toBe('CREDENTIAL_REFUSED');
    const { handle: other } = await bus.register({ tenant: 'acme', id: 'worker' });
    expect(other.subscriptions).toEqual([]);
    expect((await refusal(planner.send(created))).code).toBe('RECIPIENT_UNREACHABLE');
    await bus.drain(0);
    const again = await startBus({ backend: sqliteBackend({ directory }) });
    expect(again.bus.operations.subscriptions().subscriptions).toEqual([]);
  });

  it('is refused where it is none, or one too many', async () => {
    const { worker } = await startTeam();
    for (const pattern of ['', 'a..b', '>.a', 'ä', 7]) {
      expect((await refusal(worker.subscribe(pattern as string))).code).toBe('REQUEST_INVALID');
    }
    expect((await refusal(worker.subscribe('a', { group: '#x' }))).code).toBe('REQUEST_INVALID');
    await Promise.all(Array.from({ length: 256 }, (_, number) => worker.subscribe(`orders.${number}`)));
    await worker.subscribe('orders.7');
    expect((await refusal(worker.subscribe('orders.256'))).code).toBe('SUBSCRIPTION_LIMIT_REACHED');
    await worker.unsubscribe('orders.7');
    await worker.subscribe('orders.256');
  });

  it('is seen by operators, page by page', async () => {
    const { bus, worker, second, stranger } = await startTeam();
    await worker.subscribe('a');
    await worker.subscribe('a', { group: 'crew' });
    await second.subscribe('b.>');
    await stranger.subscribe('c');
    const { operations } = bus;
    const first = operations.subscriptions({ tenant: 'acme', limit: 2 });
    expect(first.subscriptions.map(({ agent, pattern }) => `${agent} ${pattern}`)).toEqual(['second b.>', 'worker a']);
    const rest = operations.subscriptions({ tenant: 'acme', limit: 2, after: first.next ?? '' });
    expect(rest).toMatchObject({ subscriptions: [{ agent: 'worker', group: 'crew' }] });
    expect(rest.next).toBeUndefined();
    expect(operations.subscriptions({ tenant: 'acme', agent: 'second' }).subscriptions).toHaveLength(1);
    expect(operations.subscriptions().subscriptions).toHaveLength(4);
    expect(() => operations.subscriptions({ agent: 'worker' })).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }) as Error,
    );
  });
});
