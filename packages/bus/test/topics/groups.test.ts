import { describe, expect, it } from 'vitest';
import type { AgentHandle } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import { claimAll, type FleetOptions, refusal, startBus, turn, untilTrace } from '../support/fleet.js';

const job = { to: { topic: 'jobs.new' }, type: 'event', content: { job: 1 } } as const;
const crew = { group: 'crew' } as const;
const all = [{ id: 'all', effect: 'permit' }] as const;
const notToJudges = { id: 'not-to-judges', effect: 'forbid', point: 'receive', recipientRole: 'judicial' } as const;

const startCrew = async (options: FleetOptions = {}) => {
  const started = await startBus({ rules: all, ...options });
  const member = async (id: string, role?: string): Promise<AgentHandle> => {
    const { handle } = await started.bus.register({ tenant: 'acme', id, ...(role === undefined ? {} : { role }) });
    return handle;
  };
  return { ...started, member, sender: await member('sender') };
};

const proofOf = ({ id, fencingToken }: { readonly id: string; readonly fencingToken: number }) => ({
  deliveryId: id,
  fencingToken,
});

describe('a queue group', () => {
  it('gets each message once, and gives it to one of its members', async () => {
    const { member, sender } = await startCrew();
    const [a, b, alone] = [await member('a'), await member('b'), await member('alone')];
    for (const handle of [a, b]) for (const pattern of ['jobs.*', 'jobs.>']) await handle.subscribe(pattern, crew);
    await alone.subscribe('jobs.new');
    for (let number = 0; number < 4; number++) {
      expect((await sender.send(job)).recipients).toEqual({ allowed: 2, held: 0, denied: 0 });
    }
    const first = await a.claim({ max: 1, waitMs: 0, leaseMs: 1000, signal: new AbortController().signal });
    expect([first.length, (await claimAll(b)).length, (await claimAll(a)).length]).toEqual([1, 3, 0]);
    expect(await claimAll(alone)).toHaveLength(4);
  });

  it('shares work among its handlers, each acknowledged once', async () => {
    const { bus, member, sender } = await startCrew();
    const counts = new Map<string, number>();
    const handles = [await member('a'), await member('b'), await member('c')];
    for (const handle of handles) {
      const { id } = handle.agent;
      handle.handle(() => void counts.set(id, (counts.get(id) ?? 0) + 1), { credit: 1 });
      await handle.subscribe('jobs.*', crew);
    }
    const sent = await sender.sendBatch(Array.from({ length: 300 }, () => job));
    expect(sent.every(({ status }) => status === 'accepted')).toBe(true);
    while (bus.counts.queued + bus.counts.leased > 0) await turn();
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(300);
    expect(Math.min(...handles.map(({ agent }) => counts.get(agent.id) ?? 0))).toBeGreaterThan(30);
  });

  it('refuses the late acknowledgement of a member whose lease another one has', async () => {
    const { bus, clock, member, sender } = await startCrew();
    const [a, b] = [await member('a'), await member('b')];
    for (const handle of [a, b]) await handle.subscribe('jobs.*', crew);
    const { messageId } = await sender.send(job);
    const signal = new AbortController().signal;
    const [late] = await a.claim({ max: 1, waitMs: 0, leaseMs: 1000, signal });
    clock.advance(1000);
    await turn();
    const [held] = await claimAll(b);
    expect(held?.attempt).toBe(2);
    const error = await refusal(a.ack(proofOf(late ?? { id: '', fencingToken: 0 })));
    expect([error.code, error.details['why']]).toEqual(['LEASE_LOST', 'superseded']);
    expect((await refusal(sender.ack(proofOf(held ?? { id: '', fencingToken: 0 })))).code).toBe('DELIVERY_NOT_FOUND');
    await b.ack(proofOf(held ?? { id: '', fencingToken: 0 }));
    const trace = await bus.operations.trace(messageId);
    expect(trace.deliveries).toMatchObject([{ recipient: { tenant: 'acme', group: 'crew' }, state: 'delivered' }]);
    expect(trace.deliveries[0]?.history.filter(({ kind }) => kind === 'granted').map(({ holder }) => holder)).toEqual([
      'acme/a',
      'acme/b',
    ]);
    expect((await b.trace(messageId)).deliveries).toHaveLength(1);
    expect((await refusal(a.trace(messageId))).code).toBe('MESSAGE_NOT_FOUND');
  });

  it('is asked about the member that takes a message: one that may not have it does not end it for the others', async () => {
    const { bus, member, sender } = await startCrew({ rules: [...all, notToJudges] });
    const [judge, clerk] = [await member('judge', 'judicial'), await member('clerk')];
    for (const handle of [judge, clerk]) await handle.subscribe('jobs.*', crew);
    const { messageId } = await sender.send(job);
    expect(await claimAll(judge)).toEqual([]);
    expect(await claimAll(judge)).toEqual([]);
    const [delivery] = await claimAll(clerk);
    expect(delivery).toMatchObject({ attempt: 1, verdict: { point: 'receive', binds: { recipient: 'acme/clerk' } } });
    const { leaves } = await bus.operations.trace(messageId);
    expect(leaves[1]?.leaf).toMatchObject({ event: 'passed', holder: 'acme/judge', reason: 'POLICY_DENIED' });
  });

  it('gives up what every member was denied, with the reason of the denial', async () => {
    const { bus, member, sender } = await startCrew({ rules: [...all, notToJudges] });
    const judges = [await member('j1', 'judicial'), await member('j2', 'judicial')];
    for (const handle of judges) await handle.subscribe('jobs.*', crew);
    const { messageId } = await sender.send(job);
    for (const handle of judges) expect(await claimAll(handle)).toEqual([]);
    expect((await bus.operations.trace(messageId)).status).toBe('failed');
    const { items } = await bus.operations.deadLetters({ recipient: { tenant: 'acme', group: 'crew' } });
    expect(items).toMatchObject([{ reason: 'POLICY_DENIED', recipient: { tenant: 'acme', group: 'crew' } }]);
    // Somebody who may have it has joined: an operator gives it another way.
    const clerk = await member('clerk');
    await clerk.subscribe('jobs.*', crew);
    await bus.operations.redrive(items[0]?.id ?? '');
    for (const handle of judges) expect(await claimAll(handle)).toEqual([]);
    expect(await claimAll(clerk)).toHaveLength(1);
  });

  it('gives up what its last member is denied once the others have left', async () => {
    const { bus, member, sender } = await startCrew({ rules: [...all, notToJudges] });
    const [judge, clerk] = [await member('judge', 'judicial'), await member('clerk')];
    for (const handle of [judge, clerk]) await handle.subscribe('jobs.*', crew);
    const { messageId } = await sender.send(job);
    expect(await claimAll(judge)).toEqual([]);
    await clerk.unsubscribe('jobs.*', crew);
    expect(await claimAll(judge)).toEqual([]);
    expect((await bus.operations.trace(messageId)).deliveries).toMatchObject([
      { state: 'dead', reason: 'POLICY_DENIED' },
    ]);
  });

  it('offers a message only to members whose own patterns cover its topic', async () => {
    const { member, sender } = await startCrew();
    const [jobs, orders] = [await member('jobs'), await member('orders')];
    await jobs.subscribe('jobs.*', crew);
    await orders.subscribe('orders.*', crew);
    await sender.send(job);
    await sender.send({ ...job, to: { topic: 'orders.new' } });
    expect((await claimAll(orders)).map(({ message }) => message.to)).toMatchObject([{ topic: 'orders.new' }]);
    expect((await claimAll(jobs)).map(({ message }) => message.to)).toMatchObject([{ topic: 'jobs.new' }]);
  });

  it('holds what is escalated when a member takes it, and gives it under the approval', async () => {
    const careful = [
      { id: 'send', effect: 'permit', point: 'send' },
      { id: 'receive', effect: 'permit', point: 'receive', escalate: 'look' },
    ] as const;
    const { bus, member, sender } = await startCrew({ rules: careful });
    const [a, b] = [await member('a'), await member('b')];
    for (const handle of [a, b]) await handle.subscribe('jobs.*', crew);
    const { messageId, status } = await sender.send(job);
    expect(status).toBe('accepted');
    expect(await claimAll(a)).toEqual([]);
    expect((await bus.operations.trace(messageId)).status).toBe('pending_deliberation');
    expect(await bus.operations.release(messageId, 'fine')).toMatchObject({ deliveries: [{ state: 'queued' }] });
    expect(await claimAll(b)).toMatchObject([{ attempt: 1, verdict: { approved: ['receive'] } }]);
  });

  it('takes what is held at send once that is approved', async () => {
    const careful = [
      { id: 'send', effect: 'permit', point: 'send', escalate: 'look' },
      { id: 'receive', effect: 'permit', point: 'receive' },
    ] as const;
    const { bus, member, sender } = await startCrew({ rules: careful });
    const a = await member('a');
    await a.subscribe('jobs.*', crew);
    const { messageId, status } = await sender.send(job);
    expect(status).toBe('held');
    await bus.operations.release(messageId, 'fine');
    expect(await claimAll(a)).toHaveLength(1);
  });

  it('keeps order by key over all its members', async () => {
    const { member, sender } = await startCrew();
    const [a, b] = [await member('a'), await member('b')];
    for (const handle of [a, b]) await handle.subscribe('jobs.*', crew);
    for (const content of [1, 2]) await sender.send({ ...job, content, orderingKey: 'k' });
    const [first] = await claimAll(a);
    expect([first?.message.content, await claimAll(b)]).toEqual([1, []]);
    await a.ack(proofOf(first ?? { id: '', fencingToken: 0 }));
    expect((await claimAll(b)).map(({ message }) => message.content)).toEqual([2]);
  });

  it('shares a member’s hands fairly with the member’s own mailbox', async () => {
    const { bus, member, sender } = await startCrew();
    const a = await member('a');
    await a.subscribe('jobs.*', crew);
    await sender.sendBatch(Array.from({ length: 500 }, () => ({ ...job, to: { agent: 'a' } })));
    await sender.sendBatch(Array.from({ length: 50 }, () => job));
    const order: string[] = [];
    a.handle((message) => void order.push('agent' in message.to ? 'own' : 'group'), { credit: 2 });
    while (bus.counts.queued + bus.counts.leased > 0) await turn();
    // A group's message for one or two of its own, as long as there are some.
    expect(order.lastIndexOf('group')).toBeLessThan(160);
    expect(order).toHaveLength(550);
  });

  it('wakes a claim that waits when its agent joins', async () => {
    const { member, sender } = await startCrew();
    const [a, b] = [await member('a'), await member('b')];
    await b.subscribe('jobs.*', crew);
    await sender.send(job);
    const waiting = a.claim({ max: 1, waitMs: 60_000, leaseMs: 1000, signal: new AbortController().signal });
    await turn();
    await a.subscribe('jobs.*', crew);
    expect(await waiting).toHaveLength(1);
  });
});

describe('a queue group whose last member has left', () => {
  it('keeps what it has, says so, and gives it to whoever joins', async () => {
    const { bus, member, sender } = await startCrew();
    const a = await member('a');
    await a.subscribe('jobs.*', crew);
    await sender.send(job);
    await a.unsubscribe('jobs.*', crew);
    expect((await refusal(sender.send(job))).code).toBe('RECIPIENT_UNREACHABLE');
    expect(await bus.operations.groups()).toEqual([{ tenant: 'acme', group: 'crew', members: [], unfinished: 1 }]);
    const b = await member('b');
    await b.subscribe('other.*', crew);
    await b.subscribe('jobs.*', crew);
    expect(await claimAll(b)).toHaveLength(1);
    expect(await bus.operations.groups()).toMatchObject([{ members: ['b'], unfinished: 1 }]);
  });

  it('gives it up after a time, also when that began before a restart', async () => {
    const directory = temporaryDirectory();
    const delivery = { emptyGroupMs: 60_000 };
    const first = await startCrew({ backend: sqliteBackend({ directory }), delivery });
    const a = await first.member('a');
    await a.subscribe('jobs.*', crew);
    const { messageId } = await first.sender.send(job);
    await first.bus.operations.unregister({ tenant: 'acme', agent: 'a' });
    const drained = await first.bus.drain(0);
    expect(drained.queued).toBe(1);
    const { bus, clock } = await startBus({ rules: all, backend: sqliteBackend({ directory }), delivery });
    clock.advance(59_999);
    await turn();
    expect((await bus.operations.trace(messageId)).status).toBe('pending');
    clock.advance(1);
    await untilTrace(bus, messageId, 'failed');
    expect((await bus.operations.deadLetters()).items).toMatchObject([{ reason: 'GROUP_EMPTY' }]);
  });
});

describe('a request to a queue group', () => {
  it('is answered by whichever member takes it', async () => {
    const { member, sender } = await startCrew();
    for (const id of ['a', 'b']) {
      const handle = await member(id);
      await handle.subscribe('jobs.*', crew);
      handle.handle(() => ({ by: id }));
    }
    const replies = await Promise.all([1, 2, 3].map(() => sender.request({ ...job, type: 'query' })));
    expect(replies.map(({ from, content }) => (content as { by: string }).by === from)).toEqual([true, true, true]);
  });

  it('is refused where more than one could answer, or it is of another tenant', async () => {
    const { member, sender } = await startCrew();
    const [a, b] = [await member('a'), await member('b')];
    expect((await refusal(sender.request(job))).code).toBe('REQUEST_INVALID');
    await a.subscribe('jobs.*', crew);
    await b.subscribe('jobs.*');
    expect((await refusal(sender.request(job))).code).toBe('REQUEST_INVALID');
    expect((await refusal(sender.request({ ...job, to: { topic: 'jobs.new', tenant: 'rival' } }))).code).toBe(
      'REQUEST_INVALID',
    );
  });

  it('is not answered by somebody who takes no part in it', async () => {
    const { member, sender } = await startCrew();
    const [a, outsider] = [await member('a'), await member('outsider')];
    await a.subscribe('jobs.*', crew);
    const requested = sender.request({ ...job, type: 'query' });
    await turn();
    const [delivery] = await claimAll(a);
    const answer = { to: { agent: 'sender' }, type: 'response', inReplyTo: delivery?.message.id ?? '' } as const;
    await outsider.send({ ...answer, content: 'forged' });
    await a.send({ ...answer, content: 'true' });
    expect((await requested).content).toBe('true');
    expect(await claimAll(sender)).toHaveLength(1);
  });
});
