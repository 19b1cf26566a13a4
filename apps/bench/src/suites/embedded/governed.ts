import { join } from 'node:path';
import { type AgentHandle, type Bus, createBus } from '@charterbus/bus';
import { sqliteBackend } from '@charterbus/bus/sqlite';
import { type Batch, concurrent } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { inTurn } from '../in-turn.js';
import { payload } from '../payload.js';
import { countCommits, scratchDirectory } from './scratch.js';

/** Counts what has been acknowledged. */
class Tally {
  #count = 0;
  #wanted = 0;
  #reached: (() => void) | undefined;

  add(): void {
    this.#count += 1;
    if (this.#count === this.#wanted) this.#reached?.();
  }

  /** Resolves when so many more have been added. */
  more(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted = this.#count + count;
    this.#reached = resolve;
    return promise;
  }
}

const recipient = 'worker';

/** Enough to fill the write-ahead log: commits that extend it cost half as much again as those that use it again. */
const soakingMessages = 4000;

const senderCalled = async (bus: Bus, index: number): Promise<AgentHandle> =>
  (await bus.register({ tenant: 'acme', id: `sender-${index}` })).handle;

const openBus = async (delivery: { readonly mailboxLimit?: number }) => {
  const directory = scratchDirectory();
  const bus = await createBus({ backend: sqliteBackend({ directory: directory.path }), delivery });
  const { handle: worker } = await bus.register({ tenant: 'acme', id: recipient });
  const commits = countCommits(join(directory.path, 'store.sqlite'));
  const close = async (): Promise<void> => {
    await bus.drain();
    directory[Symbol.dispose]();
  };
  return { bus, worker, counts: () => ({ commits: commits() }), close };
};

const sendWith = (senders: readonly AgentHandle[]) => (n: number) =>
  inTurn(senders, n).send({ to: { agent: recipient }, type: 'query', content: { ...payload(n) } });

/** Each sender waits for its receipt before it sends again; a batch ends when all of it is durably acknowledged. */
const openDelivery = async (count: number): Promise<OpenRow> => {
  const { bus, worker, counts, close } = await openBus({});
  const senders = await Promise.all(Array.from({ length: count }, (_, index) => senderCalled(bus, index)));
  const acknowledged = new Tally();
  worker.handle(
    async (_message, delivery) => {
      await delivery.ack();
      acknowledged.add();
    },
    { credit: Math.max(16, count) },
  );
  const delivered =
    (send: Batch): Batch =>
    async (operations, latencies) => {
      const all = acknowledged.more(operations);
      await send(operations, latencies);
      await all;
    };
  await delivered(concurrent(256, sendWith(senders)))(soakingMessages);
  // The last acknowledgements of a batch share a commit with nobody's sends; among eight that hardly counts.
  const leastOperations = count * 8;
  return { batch: delivered(concurrent(count, sendWith(senders))), leastOperations, counts, close };
};

/** What is sent stays in the mailbox, so that nothing but receipts is waited for. */
const openReceipt = async (): Promise<OpenRow> => {
  const { bus, counts, close } = await openBus({ mailboxLimit: 2_000_000 });
  const send = sendWith([await senderCalled(bus, 0)]);
  await concurrent(256, send)(soakingMessages);
  return { batch: concurrent(1, send), counts, close };
};

const profile = 'SQLite (WAL, FULL), default constitution, verdicts remembered, digest, leaves, receipt after the sync';

export const durableDelivery = (name: string, senders: number): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}; senders that each wait for their receipt (the times), a handler acknowledges durably (the speed)`,
  open: () => openDelivery(senders),
});

export const durableReceipt = (name: string): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}; one agent sends and waits for its receipt, nobody takes what it sends`,
  open: openReceipt,
});
