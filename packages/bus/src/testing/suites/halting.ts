import assert from 'node:assert/strict';
import type { MessageSet, Pauses } from '../../broker/pauses.js';
import { idsOf, proofOf, refusalOf } from '../bench.js';
import type { Suite } from './suite.js';

const nothing: Pauses = { tenants: new Set(), mailboxes: new Set(), topics: new Map() };
const other = { tenant: 'acme', agent: 'other' };

const none = { tenants: [], senders: [], types: [] };
const planners: MessageSet = { ...none, senders: ['acme/planner'], covers: ({ from }) => from === 'planner' };
const events: MessageSet = { ...none, types: [{ type: 'event' }], covers: ({ type }) => type === 'event' };
const ownEvents: MessageSet = { ...events, types: [{ type: 'event', tenant: 'acme' }] };
const foreignEvents: MessageSet = { ...none, types: [{ type: 'event', tenant: 'rival' }], covers: () => false };
const tenants: MessageSet = { ...none, tenants: ['acme'], covers: ({ tenant }) => tenant === 'acme' };

/** Of messages that are stopped nothing is leased, whoever they are for; what is leased is known. */
export const halting = ({ it }: Suite): void => {
  it('leases nothing at all while everything is stopped', async (bench) => {
    const sent = (await bench.append()).envelope.message.id;
    await bench.broker.withhold({ ...nothing, everything: true });
    await bench.append({ to: ['other'] });
    assert.deepEqual(await bench.claim(), []);
    assert.deepEqual(await bench.claim({ recipient: other }), []);
    const waiting = bench.claim({ waitMs: 1000 });
    await bench.broker.withhold(nothing);
    assert.deepEqual(idsOf(await waiting), [sent]);
  });
  for (const [what, messages] of [
    ['of a sender', planners],
    ['of a type', events],
    ['of a type in a tenant', ownEvents],
  ] as const) {
    it(`leases no messages ${what}, whoever they are for, and goes on with others`, async (bench) => {
      const before = (await bench.append()).envelope.message.id;
      await bench.broker.withhold({ ...nothing, messages });
      const after = (await bench.append({ to: ['other'] })).envelope.message.id;
      const free = (await bench.append({ type: 'query', from: 'somebody' })).envelope.message.id;
      assert.deepEqual(idsOf(await bench.claim()), [free]);
      assert.deepEqual(await bench.claim({ recipient: other }), []);
      await bench.broker.withhold(nothing);
      assert.deepEqual(idsOf(await bench.claim()), [before]);
      assert.deepEqual(idsOf(await bench.claim({ recipient: other })), [after]);
    });
  }
  it("leases none of a sender's tenant in another tenant, and what is stopped elsewhere stops nothing here", async (bench) => {
    const sent = (await bench.append({ tenant: 'rival' })).envelope.message.id;
    const recipient = { tenant: 'rival', agent: 'worker' };
    await bench.broker.withhold({ ...nothing, messages: tenants });
    assert.deepEqual(await bench.claim({ recipient }), []);
    const own = (await bench.append()).envelope.message.id;
    await bench.broker.withhold({ ...nothing, messages: foreignEvents });
    assert.deepEqual(idsOf(await bench.claim()), [own]);
    await bench.broker.withhold(nothing);
    assert.deepEqual(idsOf(await bench.claim({ recipient })), [sent]);
  });
  it('tells what is leased, to whomever, and a lease that is ended by its token gives the message back uncounted', async (bench) => {
    await bench.append();
    await bench.append({ to: ['other'] });
    await bench.append();
    const bound = await bench.claimOne({ recipient: other, durable: false });
    const remote = await bench.claimOne();
    const leased = async () => Array.from(await bench.broker.leased(), ({ message }) => message).toSorted();
    assert.deepEqual(await leased(), idsOf([bound, remote]).toSorted());
    await bench.broker.settle(proofOf(bound), { kind: 'return' });
    assert.deepEqual(await leased(), idsOf([remote]));
    assert.match(await refusalOf(bench.broker.settle(proofOf(bound), { kind: 'ack' })), /^LEASE_LOST/);
    const again = await bench.claimOne({ recipient: other });
    assert.deepEqual([again.entry.message, again.entry.attempt], [bound.entry.message, 1]);
  });
};
