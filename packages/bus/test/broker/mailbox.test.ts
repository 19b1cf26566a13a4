import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { Entry } from '../../src/broker/entry.js';
import { Mailbox, type Queued } from '../../src/broker/mailbox.js';
import { MemoryJournal } from '../../src/broker/memory-journal.js';
import { BrokerBench } from '../../src/testing/bench.js';
import { worker } from '../../src/testing/sample-admission.js';

const queued = (position: number) => ({
  entry: { message: String(position), state: 'queued', priority: 1, position } as Entry,
  pending: undefined,
  lane: undefined,
  ready: false,
  passedBy: undefined,
});

test('what ended while it stood in a queue that nobody empties is not kept there', () => {
  const mailbox = new Mailbox<Queued & ReturnType<typeof queued>>('acme/worker', 10_000, {
    name: 'acme',
    size: 0,
    mailboxes: 1,
  });
  const waiting = queued(1);
  mailbox.push(waiting);
  for (let position = 2; position < 50_000; position++) {
    const passing = queued(position);
    mailbox.push(passing);
    passing.entry = { ...passing.entry, state: 'dead' };
  }
  expect(mailbox.length).toBeLessThan(5000);
  expect(mailbox.pop()).toBe(waiting);
  expect(mailbox.pop()).toBeUndefined();
});

test('a consumer is given no more than it has room for, also where what expired makes room for others', async () => {
  const bench = new BrokerBench(
    {
      open: async (environment) => new EmbeddedBroker({ ...environment, journal: new MemoryJournal() }),
      close: () => Promise.resolve(),
    },
    {},
  );
  await bench.start();
  const given: string[] = [];
  const consumer = {
    recipient: worker,
    leaseMs: 1000,
    credit: 0,
    get room() {
      return this.credit - given.length;
    },
    take: ({ deliveryId }: { readonly deliveryId: string }) => void given.push(deliveryId),
  };
  const consumption = bench.broker.consume(consumer);
  const expiresAt = bench.clock.now() + 1000;
  for (const orderingKey of ['a', 'b', 'c']) {
    await bench.append({ orderingKey, priority: 'critical', expiresAt });
    await bench.append({ orderingKey });
  }
  for (let count = 0; count < 10; count++) await bench.append();
  consumer.credit = 2;
  // By the clock on the wall alone: nobody has been woken yet.
  bench.clock.jump(1000);
  consumption.more();
  expect(given).toHaveLength(2);
  consumption[Symbol.dispose]();
  await bench.close();
});
