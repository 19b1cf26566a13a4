import assert from 'node:assert/strict';
import { agentKey, coversTopic } from '@charterbus/core-models';
import type { Pauses } from '../../broker/pauses.js';
import { idsOf, proofOf, refusalOf } from '../bench.js';
import { worker } from '../sample-admission.js';
import type { Suite } from './suite.js';

const nothing: Pauses = { tenants: new Set(), mailboxes: new Set(), topics: new Map() };
const theWorker: Pauses = { ...nothing, mailboxes: new Set([agentKey(worker)]) };
const theTenant: Pauses = { ...nothing, tenants: new Set(['acme']) };

const topicsOf = (tenant: string, ...patterns: readonly string[]): Pauses => {
  const covers = (topic: string): boolean => patterns.some((pattern) => coversTopic(pattern, topic));
  return { ...nothing, topics: new Map([[tenant, { patterns, covers }]]) };
};

/** Of what is paused nothing is leased. */
export const pausing = ({ it }: Suite): void => {
  for (const [what, pauses] of [
    ['a mailbox', theWorker],
    ['a tenant', theTenant],
  ] as const) {
    it(`leases nothing of ${what} until it is resumed, whether it was queued before or after`, async (bench) => {
      const before = (await bench.append()).envelope.message.id;
      await bench.broker.withhold(pauses);
      const after = (await bench.append()).envelope.message.id;
      assert.deepEqual(await bench.claim(), []);
      const waiting = bench.claim({ waitMs: 1000 });
      assert.equal(bench.broker.counts.queued, 2);
      await bench.broker.withhold(nothing);
      const given = [...idsOf(await waiting), ...idsOf(await bench.claim())];
      assert.deepEqual(given.toSorted(), [before, after].toSorted());
    });
  }
  it('leases others', async (bench) => {
    await bench.broker.withhold({ ...theWorker, tenants: new Set(['rival']) });
    const { message } = (await bench.append({ to: ['other'] })).envelope;
    const leases = await bench.claim({ recipient: { tenant: 'acme', agent: 'other' } });
    assert.deepEqual(idsOf(leases), [message.id]);
  });
  it('leases nothing of a topic, and goes on with the others', async (bench) => {
    const paused = (await bench.append({ topic: 'orders.eu.created' })).envelope.message.id;
    const other = (await bench.append({ topic: 'orders.eu' })).envelope.message.id;
    await bench.broker.withhold(topicsOf('acme', 'orders.*.created'));
    await bench.append({ topic: 'orders.us.created' });
    const free = (await bench.append()).envelope.message.id;
    assert.deepEqual(idsOf(await bench.claim()), [other, free]);
    await bench.broker.withhold(topicsOf('rival', 'orders.*.created'));
    const given = idsOf(await bench.claim());
    assert.deepEqual([given.length, given.includes(paused)], [2, true]);
  });
  it('lets leases in hand settle, and what expires expire', async (bench) => {
    await bench.append();
    const lease = await bench.claimOne();
    const gone = (await bench.append({ expiresAt: bench.clock.now() + 1000 })).envelope.message.id;
    await bench.broker.withhold(theWorker);
    assert.equal(await refusalOf(bench.broker.extend(proofOf(lease), 60_000, true)), 'done');
    assert.equal(
      await refusalOf(bench.broker.settle(proofOf(lease), { kind: 'nack', reason: 'later', delayMs: 0 })),
      'done',
    );
    await bench.advance(1000);
    assert.deepEqual(await bench.claim(), []);
    assert.equal((await bench.broker.reader.message(gone))?.status, 'expired');
    await bench.broker.withhold(nothing);
    assert.deepEqual(idsOf(await bench.claim()), idsOf([lease]));
  });
  it('holds up what comes behind it by its ordering key, and nobody else', async (bench) => {
    const sent = [];
    for (const topic of ['a', 'b']) sent.push((await bench.append({ topic, orderingKey: 'k' })).envelope.message.id);
    await bench.broker.withhold(topicsOf('acme', 'a'));
    const free = (await bench.append({ topic: 'b', orderingKey: 'other' })).envelope.message.id;
    assert.deepEqual(idsOf(await bench.claim()), [free]);
    await bench.broker.withhold(nothing);
    assert.deepEqual(idsOf(await bench.claim()), sent.slice(0, 1));
  });
  it('gives consumers what was held back', async (bench) => {
    const taken: string[] = [];
    await bench.broker.withhold(theTenant);
    const consumption = bench.broker.consume({
      recipient: worker,
      leaseMs: 1000,
      room: 10,
      take: ({ entry }) => void taken.push(entry.message),
    });
    const sent = [(await bench.append()).envelope.message.id, (await bench.append()).envelope.message.id];
    await bench.quiet();
    assert.deepEqual(taken, []);
    await bench.broker.withhold(nothing);
    await bench.quiet();
    assert.deepEqual(taken, sent);
    consumption[Symbol.dispose]();
  });
};
