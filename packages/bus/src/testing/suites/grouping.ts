import assert from 'node:assert/strict';
import { type AgentReference, agentKey } from '@charterbus/core-models';
import type { Consumer, Lease } from '../../broker/broker.js';
import { deliveryId } from '../../broker/entry.js';
import { groupMailbox } from '../../broker/mailbox-name.js';
import { type BrokerBench, idsOf, proofOf, refusalOf } from '../bench.js';
import { worker } from '../sample-admission.js';
import type { Suite } from './suite.js';

const other: AgentReference = Object.freeze({ tenant: 'acme', agent: 'other' });
const crew = groupMailbox('acme', 'crew');
const topic = 'jobs.new';

const toCrew = async (bench: BrokerBench, options: Parameters<BrokerBench['append']>[0] = {}): Promise<string> =>
  (await bench.append({ to: [crew.agent], topic, ...options })).envelope.message.id;

const asMember = (recipient: AgentReference) => ({ recipient, mailboxes: [crew] });

const oneOfMany = ({ it }: Suite): void => {
  it('gives each to one of them, who then holds it', async (bench) => {
    const sent = [await toCrew(bench), await toCrew(bench)];
    const [first, second] = [await bench.claimOne(asMember(worker)), await bench.claimOne(asMember(other))];
    assert.deepEqual(idsOf([first, second]), sent);
    assert.deepEqual([first.entry.holder, second.entry.holder], [worker, other]);
    assert.deepEqual([first.entry.recipient, first.entry.topic], [crew, topic]);
    assert.deepEqual(await bench.claim(asMember(worker)), []);
    assert.equal(
      await refusalOf(bench.broker.settle({ ...proofOf(first), recipient: other }, { kind: 'ack' })),
      'DELIVERY_NOT_FOUND',
    );
    assert.equal(
      await refusalOf(bench.broker.settle({ ...proofOf(first), recipient: crew }, { kind: 'ack' })),
      'DELIVERY_NOT_FOUND',
    );
    assert.equal(await refusalOf(bench.broker.settle(proofOf(first), { kind: 'ack' })), 'done');
  });
  it('refuses the late settlement of one after another one has it', async (bench) => {
    await toCrew(bench);
    const late = await bench.claimOne({ ...asMember(worker), leaseMs: 1000 });
    await bench.advance(1000);
    const held = await bench.claimOne(asMember(other));
    assert.equal(held.entry.attempt, 2);
    assert.equal(await refusalOf(bench.broker.settle(proofOf(late), { kind: 'ack' })), 'LEASE_LOST superseded');
    assert.equal(await refusalOf(bench.broker.extend(proofOf(late), 1000, true)), 'LEASE_LOST superseded');
    assert.equal(await refusalOf(bench.broker.settle(proofOf(held), { kind: 'ack' })), 'done');
  });
  it('keeps order, priority and expiry in it as in any other', async (bench) => {
    const first = await toCrew(bench, { orderingKey: 'k' });
    const second = await toCrew(bench, { orderingKey: 'k' });
    const urgent = await toCrew(bench, { priority: 'high' });
    await toCrew(bench, { expiresAt: bench.clock.now() + 10 });
    await bench.advance(10);
    assert.deepEqual(idsOf(await bench.claim(asMember(worker))), [urgent, first]);
    assert.deepEqual(await bench.claim(asMember(other)), []);
    const [, lease] = [urgent, await bench.broker.reader.entries(first)];
    await bench.broker.settle(
      { deliveryId: `${first}.0`, recipient: worker, fencingToken: lease[0]?.token ?? 0 },
      { kind: 'ack' },
    );
    assert.deepEqual(idsOf(await bench.claim(asMember(other))), [second]);
  });
  it('counts what is unfinished in it', async (bench) => {
    await toCrew(bench);
    await toCrew(bench);
    assert.equal(await bench.broker.backlog(crew), 2);
    assert.equal(await bench.broker.backlog(worker), 0);
    assert.deepEqual([...(await bench.broker.recipients())].map(agentKey), ['acme/#crew']);
  });
};

const inTurns = ({ it }: Suite): void => {
  it('takes from several mailboxes one from each, in their order', async (bench) => {
    const own = [await bench.append(), await bench.append(), await bench.append()].map(
      (one) => one.envelope.message.id,
    );
    const [theirs] = [await toCrew(bench)];
    const leases = await bench.claim({ mailboxes: [worker, crew], max: 3 });
    assert.deepEqual(idsOf(leases), [own[0], theirs, own[1]]);
    assert.deepEqual(
      leases.map(({ entry }) => entry.holder),
      [undefined, worker, undefined],
    );
    const last = await bench.claim({ mailboxes: [crew, worker] });
    assert.deepEqual(idsOf(last), [own[2]]);
  });
  it('waits at all of them, and no longer at any once one has something', async (bench) => {
    const waiting = bench.claim({ mailboxes: [worker, crew], waitMs: 1000 });
    const sent = await toCrew(bench);
    assert.deepEqual(idsOf(await waiting), [sent]);
    await bench.append();
    assert.equal((await bench.claim()).length, 1);
    const inVain = bench.claim({ mailboxes: [worker, crew], waitMs: 1000 });
    await bench.advance(1000);
    assert.deepEqual(await inVain, []);
    const dismissed = bench.claim({ mailboxes: [worker, crew], waitMs: 1000 });
    bench.broker.pause();
    assert.deepEqual(await dismissed, []);
  });
  it('lets an abort end the wait at once', async (bench) => {
    const abort = new AbortController();
    const waiting = bench.claim({ mailboxes: [worker, crew], waitMs: 60_000 }, abort.signal);
    abort.abort();
    assert.deepEqual(await waiting, []);
  });
};

const pass = (bench: BrokerBench, lease: Lease) =>
  bench.broker.settle(proofOf(lease), { kind: 'pass', reason: 'POLICY_DENIED' });

const passing = ({ it }: Suite): void => {
  it('gives what one may not have to the others, and to that one not again', async (bench) => {
    const sent = await toCrew(bench);
    const passed = await pass(bench, await bench.claimOne(asMember(worker)));
    assert.deepEqual([passed.state, passed.attempt], ['queued', 0]);
    assert.deepEqual(await bench.claim(asMember(worker)), []);
    const held = await bench.claimOne(asMember(other));
    assert.deepEqual([held.entry.message, held.entry.attempt], [sent, 1]);
    assert.deepEqual([...(held.passedBy ?? [])], [agentKey(worker)]);
    await pass(bench, held);
    assert.deepEqual(await bench.claim(asMember(other)), []);
    assert.deepEqual(await bench.claim(asMember(worker)), []);
  });
  it('goes on with what comes after it, in the order of all', async (bench) => {
    const [first, second] = [await toCrew(bench), await toCrew(bench)];
    await pass(bench, await bench.claimOne(asMember(worker)));
    assert.deepEqual(idsOf(await bench.claim({ ...asMember(worker), max: 1 })), [second]);
    const third = await toCrew(bench);
    assert.deepEqual(idsOf(await bench.claim(asMember(other))), [first, third]);
  });
  it('wakes whoever may have it, whoever waits before', async (bench) => {
    const sent = await toCrew(bench);
    const lease = await bench.claimOne(asMember(worker));
    const [again, else_] = [
      bench.claim({ ...asMember(worker), waitMs: 1000 }),
      bench.claim({ ...asMember(other), waitMs: 1000 }),
    ];
    await pass(bench, lease);
    assert.deepEqual(idsOf(await else_), [sent]);
    await bench.advance(1000);
    assert.deepEqual(await again, []);
  });
  it('says in the audit log that it was passed on, why, and by whom', async (bench) => {
    const sent = await toCrew(bench);
    const lease = await bench.claimOne(asMember(worker));
    const passed = await pass(bench, lease);
    assert.equal(deliveryId(passed), `${sent}.0`);
    const [, leaf] = await bench.broker.reader.leaves(sent);
    assert.match(leaf?.text ?? '', /"event":"passed","holder":"acme\/worker".*"reason":"POLICY_DENIED"/);
  });
  it('offers it to all again when it is told to', async (bench) => {
    const sent = await toCrew(bench);
    await pass(bench, await bench.claimOne(asMember(worker)));
    await bench.broker.reoffer(crew);
    const again = await bench.claimOne(asMember(worker));
    assert.deepEqual([again.entry.message, again.passedBy], [sent, undefined]);
  });
  it('lets what nobody may have expire', async (bench) => {
    const sent = await toCrew(bench, { expiresAt: bench.clock.now() + 1000 });
    await pass(bench, await bench.claimOne(asMember(worker)));
    await bench.advance(1000);
    assert.equal((await bench.broker.reader.message(sent))?.status, 'expired');
  });
};

const consuming = ({ it }: Suite): void => {
  it('gives consumers what they may have of it', async (bench) => {
    const taken = new Map<string, string[]>();
    const leases: Lease[] = [];
    const consumerOf = (recipient: AgentReference): Consumer => {
      const own: string[] = [];
      taken.set(recipient.agent, own);
      const take = (lease: Lease): void => {
        leases.push(lease);
        own.push(lease.entry.message);
      };
      return { recipient, mailbox: crew, leaseMs: 1000, room: 10, take };
    };
    const first = bench.broker.consume(consumerOf(worker));
    const sent = await toCrew(bench);
    await bench.quiet();
    assert.deepEqual(taken.get('worker'), [sent]);
    const [lease] = leases;
    assert.ok(lease);
    const second = bench.broker.consume(consumerOf(other));
    await pass(bench, lease);
    await bench.quiet();
    assert.deepEqual([taken.get('worker'), taken.get('other')], [[sent], [sent]]);
    first[Symbol.dispose]();
    second[Symbol.dispose]();
  });
};

/** Mailboxes that are not one agent's. */
export const grouping = (suite: Suite): void => {
  oneOfMany(suite);
  inTurns(suite);
  passing(suite);
  consuming(suite);
};

export const groupingAcrossRestarts = ({ it }: Suite): void => {
  it('knows the mailbox, the topic, the holder and the revision of what was published', async (bench) => {
    const sent = await toCrew(bench, { recipientRevision: 'r-1' });
    const lease = await bench.claimOne({ ...asMember(worker), leaseMs: 10_000 });
    await bench.reopen();
    const [entry] = await bench.broker.reader.entries(sent);
    assert.deepEqual(
      [entry?.recipient, entry?.topic, entry?.holder, entry?.recipientRevision],
      [crew, topic, worker, 'r-1'],
    );
    assert.equal(await bench.broker.backlog(crew), 1);
    assert.equal(await refusalOf(bench.broker.settle(proofOf(lease), { kind: 'ack' })), 'done');
  });
  it('asks all again who were passed over before', async (bench) => {
    const sent = await toCrew(bench);
    await bench.broker.settle(proofOf(await bench.claimOne(asMember(worker))), { kind: 'pass', reason: 'x' });
    await bench.reopen();
    assert.deepEqual(idsOf(await bench.claim(asMember(worker))), [sent]);
  });
};
