import { generateKeyPairSync } from 'node:crypto';
import { signChallenge } from '@charterbus/registry';
import { describe, expect, it } from 'vitest';
import type { AgentHandle, Bus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import {
  claimAll,
  firstCall,
  refusal,
  sendHeld,
  startBus,
  startFleet,
  toWorker,
  turn,
  untilAborted,
} from '../support/fleet.js';

const all = [{ id: 'all', effect: 'permit' }] as const;
const worker = { tenant: 'acme', agent: 'worker' } as const;
const stores = [
  ['in memory', () => ({})],
  ['on SQLite', () => ({ backend: sqliteBackend({ directory: temporaryDirectory() }) })],
] as const;

const codeOf = async (call: Promise<unknown>): Promise<string> => (await refusal(call)).code;
const contents = async (handle: AgentHandle) => (await claimAll(handle)).map(({ message }) => message.content);

const leavesAbout = async (bus: Bus, subject: string): Promise<readonly unknown[]> => {
  const leaves: unknown[] = [];
  for (let index = 0; index < (await bus.operations.leafCount()); index++) {
    const leaf = await bus.operations.leaf(index);
    if (leaf?.message === subject) leaves.push(JSON.parse(leaf.text));
  }
  return leaves;
};

describe.each(stores)('an agent, %s', (_, store) => {
  it('that is updated is the same agent: its handle, its mail and its subscriptions go on, judged as it is now', async () => {
    const rules = [...all, { id: 'no-judges', effect: 'forbid', point: 'send', senderRole: 'judicial' }] as const;
    const { bus, planner, worker: handle } = await startFleet({ rules, ...store() });
    await handle.subscribe('news.>');
    const { messageId } = await planner.send(toWorker({ content: 'before' }));
    const updated = await bus.operations.identity.update(worker, { role: 'legislative' });
    expect(handle.agent).toEqual(updated);
    await planner.send({ to: { topic: 'news.eu' }, type: 'event', content: 'news' });
    expect(await contents(handle)).toEqual(['before', 'news']);
    expect((await handle.trace(messageId)).message.content).toBe('before');
    const sent = await planner.send(toWorker({ content: 'sent' }));
    await bus.operations.identity.update({ tenant: 'acme', agent: 'planner' }, { role: 'judicial' });
    expect(await codeOf(planner.send(toWorker()))).toBe('POLICY_DENIED');
    expect((await planner.trace(sent.messageId)).message.content).toBe('sent');
  });

  it('that is quarantined neither sends nor receives, is as if not there, and what it had in hand is given back', async () => {
    const { bus, planner, worker: handle } = await startFleet({ rules: all, ...store() });
    await planner.send(toWorker({ content: 'in hand' }));
    const [delivery] = await claimAll(handle);
    const proof = { deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 };
    const { identity } = bus.operations;
    expect((await identity.quarantine(worker, 'odd')).quarantine).toMatchObject({ reason: 'odd' });
    for (const call of [
      () => handle.send({ to: { agent: 'planner' }, type: 'query', content: 1 }),
      () => handle.ack(proof),
      () => claimAll(handle),
      () => handle.subscribe('a'),
      () => handle.heartbeat(),
      () => handle.trace(delivery?.message.id ?? ''),
    ]) {
      expect(await codeOf(call())).toBe('AGENT_QUARANTINED');
    }
    expect(await codeOf(planner.send(toWorker()))).toBe('RECIPIENT_UNREACHABLE');
    while (bus.counts.leased > 0) await turn();
    await identity.reinstate(worker, 'fine');
    const [again] = await claimAll(handle);
    expect([again?.message.content, again?.attempt]).toEqual(['in hand', 1]);
    expect(await leavesAbout(bus, 'agent acme/worker')).toMatchObject([
      { kind: 'agent', event: 'quarantined', tenant: 'acme', name: 'worker', reason: 'odd' },
      { kind: 'agent', event: 'reinstated', reason: 'fine' },
    ]);
  });

  it('that has not been heard of gets nothing, and others get what it had of what is shared; a heartbeat brings it back', async () => {
    const { bus, clock } = await startBus({ rules: all, ...store() });
    const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
    const lazy = { tenant: 'acme', id: 'lazy', capabilities: ['translate'], leaseMs: 10_000 };
    const { handle: first } = await bus.register(lazy);
    const { handle: second } = await bus.register({ ...lazy, id: 'second', leaseMs: 86_400_000 });
    await planner.send({ to: { capability: 'translate' }, type: 'task_request', content: 'shared' });
    await planner.send({ to: { agent: 'lazy' }, type: 'query', content: 'own' });
    expect(new Set(await contents(first))).toEqual(new Set(['own', 'shared']));
    clock.advance(5000);
    await first.heartbeat();
    clock.advance(9999);
    expect(bus.operations.identity.state({ tenant: 'acme', agent: 'lazy' }).status).toBe('active');
    clock.advance(1);
    while (bus.counts.leased > 0) await turn();
    expect(await codeOf(claimAll(first))).toBe('AGENT_LEASE_EXPIRED');
    expect(await codeOf(planner.send({ to: { agent: 'lazy' }, type: 'query', content: 1 }))).toBe(
      'RECIPIENT_UNREACHABLE',
    );
    expect(await contents(second)).toEqual(['shared']);
    await first.heartbeat();
    expect(await contents(first)).toEqual(['own']);
  });

  it('speaks by a token until that is revoked or expires, within its scopes', async () => {
    const { bus, clock, planner } = await startFleet({ rules: all, ...store() });
    const { identity } = bus.operations;
    const issued = await identity.issueToken(worker, { scopes: ['receive'], expiresAt: clock.now() + 60_000 });
    const handle = bus.connect(issued.token);
    await planner.send(toWorker({ content: 'mail' }));
    expect(await contents(handle)).toEqual(['mail']);
    for (const call of [() => handle.send(toWorker()), () => handle.subscribe('a'), () => handle.trace('x')]) {
      expect(await codeOf(call())).toBe('SCOPE_REQUIRED');
    }
    const rotated = await identity.rotateToken(worker, issued.credential.id, { overlapMs: 10_000 });
    expect(await contents(bus.connect(rotated.token))).toEqual([]);
    expect(await contents(handle)).toEqual([]);
    clock.advance(10_000);
    expect(await codeOf(claimAll(handle))).toBe('CREDENTIAL_REFUSED');
    const later = bus.connect(rotated.token);
    await identity.revokeCredential(worker, rotated.credential.id);
    expect(await codeOf(claimAll(later))).toBe('CREDENTIAL_REFUSED');
    expect(() => bus.connect(rotated.token)).toThrow('not valid');
    expect(identity.credentials(worker).map(({ kind }) => kind)).toEqual(['token']);
    expect(await codeOf(identity.issueToken(worker, { scopes: ['everything'] }))).toBe('REQUEST_INVALID');
  });

  it('opens a session with its key, and states itself anew by it', async () => {
    const { bus } = await startBus({ rules: all, ...store() });
    const { identity } = bus.operations;
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const key = publicKey.export({ format: 'jwk' }).x ?? '';
    const { token } = await bus.register({ tenant: 'acme', id: 'worker', publicKey: key });
    const prove = async (draft?: object) => {
      const { challenge } = await identity.challenge(worker);
      const statement = { challenge, agent: worker, ...(draft === undefined ? {} : { draft }) };
      return { challenge, signature: signChallenge(statement, privateKey) };
    };
    const signed = await prove();
    const session = await identity.openSession(signed);
    expect(bus.connect(session.token).agent.id).toBe('worker');
    expect(await codeOf(identity.openSession(signed))).toBe('CREDENTIAL_REFUSED');
    const draft = { tenant: 'acme', id: 'worker', publicKey: key, role: 'judicial' };
    const handle = bus.connect(token);
    const again = await identity.reregister(draft, await prove(draft));
    expect(bus.connect(again.token).agent).toMatchObject({ id: 'worker', role: 'judicial' });
    for (const one of [token, session.token]) expect(() => bus.connect(one)).toThrow('not valid');
    expect(await codeOf(claimAll(handle))).toBe('CREDENTIAL_REFUSED');
    expect(await codeOf(identity.reregister(draft, await prove()))).toBe('CREDENTIAL_REFUSED');
  });
});

it('a handler is taken from whoever is quarantined, and given back when it is reinstated', async () => {
  const { bus, planner, worker: handle } = await startFleet({ rules: all });
  const begun = firstCall<AbortSignal>();
  const given: unknown[] = [];
  handle.handle(async ({ content }, { signal }) => {
    given.push(content);
    if (given.length > 1) return;
    begun.call(signal);
    await untilAborted(signal);
  });
  await planner.send(toWorker({ content: 'work' }));
  const signal = await begun.called;
  await bus.operations.identity.quarantine(worker, 'odd');
  expect(signal.reason).toMatchObject({ code: 'AGENT_QUARANTINED' });
  for (let count = 0; count < 5; count++) await turn();
  expect(bus.counts).toMatchObject({ queued: 1, leased: 0 });
  await bus.operations.identity.reinstate(worker, 'fine');
  while (bus.counts.queued + bus.counts.leased > 0) await turn();
  expect(given).toEqual(['work', 'work']);
});

it('a handler ends with the credential by which it was attached', async () => {
  const { bus, planner } = await startFleet({ rules: all });
  const issued = await bus.operations.identity.issueToken(worker);
  const given: unknown[] = [];
  bus.connect(issued.token).handle(({ content }) => void given.push(content));
  await planner.send(toWorker({ content: 'one' }));
  while (bus.counts.queued + bus.counts.leased > 0) await turn();
  await bus.operations.identity.revokeCredential(worker, issued.credential.id);
  await planner.send(toWorker({ content: 'two' }));
  for (let count = 0; count < 5; count++) await turn();
  expect([given, bus.counts.queued]).toEqual([['one'], 1]);
});

it('a held message of a sender who was updated is judged with the sender as it is now', async () => {
  const { bus, planner, worker: handle } = await startFleet();
  const { messageId } = await sendHeld(planner);
  await bus.operations.identity.update({ tenant: 'acme', agent: 'planner' }, { capabilities: ['plan'] });
  await bus.operations.release(messageId, 'fine');
  expect(await claimAll(handle)).toHaveLength(1);
});

it('a delivery that was taken one by one is settled by nobody whose credential has ended', async () => {
  const { bus, planner } = await startFleet({ rules: all });
  const issued = await bus.operations.identity.issueToken(worker);
  const handle = bus.connect(issued.token);
  await planner.send(toWorker());
  const { value: delivery } = await handle.deliveries().next();
  if (delivery === undefined) throw new Error('Nothing was given.');
  await bus.operations.identity.revokeCredential(worker, issued.credential.id);
  expect(await codeOf(delivery.ack())).toBe('CREDENTIAL_REFUSED');
  expect(await codeOf(delivery.extend(60_000))).toBe('CREDENTIAL_REFUSED');
  expect(bus.counts.leased).toBe(1);
});
