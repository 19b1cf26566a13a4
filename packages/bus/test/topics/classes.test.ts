import type { Rule } from '@charterbus/policy-client/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AgentHandle, Bus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import { claimAll, startBus } from '../support/fleet.js';
import { spyingConstitution } from '../support/spying-engine.js';

const digest = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
const published = { to: { topic: 'news.today' }, type: 'event', content: 1 } as const;
const rules = [
  { id: 'all', effect: 'permit' },
  { id: 'not-to-judges', effect: 'forbid', point: 'receive', recipientRole: 'judicial' },
  { id: 'hold-for-auditors', effect: 'permit', point: 'receive', recipientRole: 'auditor', escalate: 'look' },
] as const;
const roles = [undefined, 'judicial', 'auditor', 'clerk'];

/** Agents of four roles in turn, subscribed to everything, and one who publishes. */
const startReaders = async (bus: Bus, count: number) => {
  const { handle: sender } = await bus.register({ tenant: 'acme', id: 'sender' });
  const readers: AgentHandle[] = [];
  for (let number = 0; number < count; number++) {
    const role = roles[number % roles.length];
    const { handle } = await bus.register({
      tenant: 'acme',
      id: `r${number}`,
      ...(role === undefined ? {} : { role }),
    });
    await handle.subscribe('news.>');
    readers.push(handle);
  }
  return { sender, readers };
};

it('a publish to 10,000 subscribers of one class costs one decision, one verdict record and one leaf', async () => {
  const { constitution, asked } = spyingConstitution([{ id: 'all', effect: 'permit' }]);
  const { bus } = await startBus({ constitution });
  const { sender, readers } = await startReaders(bus, 10_000);
  asked.length = 0;
  const { messageId, recipients, verdicts } = await sender.send(published);
  expect(recipients).toEqual({ allowed: 10_000, held: 0, denied: 0 });
  // Four roles, which the rules might have looked at.
  expect(asked.map(({ point, recipient }) => `${point} ${recipient?.role ?? ''}`).toSorted()).toEqual([
    'receive ',
    'receive auditor',
    'receive clerk',
    'receive judicial',
    'send ',
  ]);
  expect(verdicts).toHaveLength(5);
  const leaf = (await bus.operations.trace(messageId)).leaves[0]?.leaf;
  expect(leaf).toMatchObject({ recipients: { allowed: 10_000, digest } });
  asked.length = 0;
  const [delivery] = await claimAll(readers[9_999] as AgentHandle);
  expect(delivery?.verdict.binds).toMatchObject({ recipientClass: digest });
  // The verdict of the class is bound to this recipient: nobody is asked again.
  expect(asked).toEqual([]);
});

it('of everyone just as well, where nothing is read of the recipient', async () => {
  const { constitution, asked } = spyingConstitution([{ id: 'all', effect: 'permit' }], { attributes: [] });
  const { bus } = await startBus({ constitution });
  const { sender } = await startReaders(bus, 1000);
  asked.length = 0;
  expect((await sender.broadcast({ type: 'event', content: 1 })).recipients?.allowed).toBe(1000);
  expect(asked.map(({ point }) => point)).toEqual(['send', 'receive']);
  asked.length = 0;
  expect((await sender.send(published)).recipients?.allowed).toBe(1000);
  expect(asked.map(({ point }) => point)).toEqual(['send', 'receive']);
});

it('recipients whom the policies can tell apart are judged apart, as if each were asked alone', async () => {
  const outcomes: unknown[] = [];
  for (const reads of [{ attributes: ['role'] }, 'not told'] as const) {
    const { constitution, asked } = spyingConstitution(rules, reads);
    const { bus } = await startBus({ constitution });
    const { sender, readers } = await startReaders(bus, 40);
    asked.length = 0;
    const { messageId, recipients } = await sender.send(published);
    expect(asked).toHaveLength(reads === 'not told' ? 41 : 5);
    const { deliveries } = await bus.operations.trace(messageId);
    const seen = deliveries.map(({ recipient, state, verdict }) => [recipient, state, verdict.effect, verdict.reasons]);
    const claimed = await Promise.all(readers.map(async (reader) => (await claimAll(reader)).length));
    outcomes.push({ recipients, seen, claimed });
  }
  expect(outcomes[0]).toMatchObject({ recipients: { allowed: 20, held: 10, denied: 10 } });
  expect(outcomes[1]).toEqual(outcomes[0]);
});

const rule = fc.record({
  effect: fc.constantFrom('permit', 'permit', 'forbid'),
  point: fc.constantFrom('send', 'receive', 'receive'),
  recipientRole: fc.constantFrom(...roles),
  escalate: fc.constantFrom(undefined, undefined, 'look'),
  obligations: fc.constantFrom(undefined, undefined, [{ kind: 'remove', path: '/secret' } as const]),
});

it('whatever the rules are, each recipient comes to the same as alone', async () => {
  const effects = new Set<string>();
  const property = fc.asyncProperty(fc.array(rule, { minLength: 2, maxLength: 6 }), async (drawn) => {
    const some: Rule[] = [{ id: 'send', effect: 'permit', point: 'send' }];
    for (const [number, { recipientRole, escalate, obligations, effect, point }] of drawn.entries()) {
      const asks = effect === 'permit' ? { escalate, obligations } : {};
      // At send to several there is no recipient to look at.
      const stated = Object.entries({ recipientRole: point === 'send' ? undefined : recipientRole, ...asks });
      const known = Object.fromEntries(stated.filter(([, value]) => value !== undefined));
      some.push({ id: `r${number}`, effect, point, ...known } as Rule);
    }
    const outcomes: unknown[] = [];
    for (const reads of [{ attributes: ['role'] }, 'not told'] as const) {
      const { bus } = await startBus({ constitution: spyingConstitution(some, reads).constitution });
      const { sender, readers } = await startReaders(bus, 12);
      const outcome = await Promise.allSettled([sender.send({ ...published, content: { secret: 1, open: 2 } })]);
      const { items } = await bus.operations.messages();
      const { deliveries, status } = await bus.operations.trace(items[0]?.id ?? '');
      for (const { verdict } of deliveries) effects.add(verdict.effect);
      const seen = deliveries.map(({ recipient, state, verdict }) => [
        recipient,
        state,
        verdict.reasons,
        verdict.obligations,
      ]);
      const got = await Promise.all(
        readers.map(async (reader) => (await claimAll(reader)).map(({ message }) => message.content)),
      );
      outcomes.push({ outcome: outcome[0].status, status, seen, got });
      await bus.drain(0);
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
  });
  await fc.assert(property, { seed: 3, numRuns: 40 });
  expect([...effects].toSorted()).toEqual(['allow', 'escalate']);
});

it('a held class is approved as a whole, and each of it gets the message once', async () => {
  const { constitution } = spyingConstitution(rules);
  const { bus } = await startBus({ constitution });
  const { sender, readers } = await startReaders(bus, 8);
  const { messageId } = await sender.send(published);
  const { deliveries } = await bus.operations.release(messageId, 'looked at');
  expect(deliveries.map(({ state }) => state)).toEqual(['queued', 'queued']);
  const claimed = await Promise.all(readers.map(async (reader) => (await claimAll(reader)).length));
  expect(claimed).toEqual([1, 0, 1, 1, 1, 0, 1, 1]);
});

it('the verdict of a class is asked for anew where the agent is another one by the time of the grant', async () => {
  const { constitution, asked } = spyingConstitution(rules);
  const directory = temporaryDirectory();
  const { bus } = await startBus({ constitution, backend: sqliteBackend({ directory }) });
  const { sender, readers } = await startReaders(bus, 12);
  const { messageId } = await sender.send(published);
  asked.length = 0;
  expect(await claimAll(readers[0] as AgentHandle)).toHaveLength(1);
  expect(asked).toEqual([]);
  await bus.operations.unregister({ tenant: 'acme', agent: 'r4' });
  const { handle } = await bus.register({ tenant: 'acme', id: 'r4', role: 'judicial' });
  expect(await claimAll(handle)).toEqual([]);
  const { deliveries } = await bus.operations.trace(messageId);
  const states = deliveries.map(({ recipient, state, reason }) => ({ recipient, state, reason }));
  expect(states).toContainEqual({
    recipient: { tenant: 'acme', agent: 'r4' },
    state: 'dead',
    reason: 'RECIPIENT_UNREACHABLE',
  });
});

it('its recipients see the way of a message that came to all of them, and nobody else does', async () => {
  const { constitution } = spyingConstitution([{ id: 'all', effect: 'permit' }]);
  const { bus } = await startBus({ constitution });
  const { sender, readers } = await startReaders(bus, 8);
  const { messageId } = await sender.send(published);
  const [first, second] = readers as [AgentHandle, AgentHandle];
  const [delivery] = await claimAll(first);
  await first.ack({ deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 });
  expect((await first.trace(messageId)).deliveries).toMatchObject([{ recipient: { agent: 'r0' }, state: 'delivered' }]);
  await expect(second.trace(messageId)).rejects.toMatchObject({ code: 'MESSAGE_NOT_FOUND' });
});
