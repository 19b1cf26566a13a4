import { type Backend, createBus, type OpenBackend } from '@charterbus/bus';
import { sqliteBackend } from '@charterbus/bus/sqlite';
import { createMeter, type UsageBatch, type UsageSource } from '@charterbus/metering';
import { type Batch, concurrent } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { Arrivals } from '../arrivals.js';
import { scratchDirectory } from '../embedded/scratch.js';
import { insist } from '../insist.js';
import { numberOf, payload } from '../payload.js';

/** Each of them is two records: its admission and its acknowledgement. */
const messages = 4000;
const together = 1000;

/** Reads a log round and round, so that it need not be as long as what is counted of it. */
class RoundAndRound implements UsageSource {
  readonly name = 'round';
  readonly #log: UsageSource;
  readonly #size: number;
  #end = 0;

  constructor(log: UsageSource, size: number) {
    this.#log = log;
    this.#size = size;
  }

  /** So many more are committed. */
  grow(records: number): void {
    this.#end += records;
  }

  async read(from: number, limit: number): Promise<UsageBatch> {
    const place = from % this.#size;
    const most = Math.min(limit, this.#size - place, this.#end - from);
    if (most === 0) return { records: [], cursor: from, more: false, lost: 0 };
    const { records, cursor, lost } = await this.#log.read(place, most);
    const reached = from + cursor - place;
    return { records, cursor: reached, more: reached < this.#end, lost };
  }

  /** Whoever reads is told by draining. */
  watch(): Disposable {
    return { [Symbol.dispose]: () => undefined };
  }
}

/** A bus on SQLite that has sent and delivered, and does nothing any more. */
const openLog = async () => {
  const directory = scratchDirectory();
  const open = sqliteBackend({ directory: directory.path });
  let opened: Backend | undefined;
  const backend: OpenBackend = async (environment) => (opened = await open(environment));
  const bus = await createBus({ backend });
  const { handle: sender } = await bus.register({ tenant: 'acme', id: 'sender' });
  const { handle: worker } = await bus.register({ tenant: 'acme', id: 'worker' });
  const arrivals = new Arrivals();
  worker.handle((message) => arrivals.arrived(numberOf(message.content)), { credit: 256 });
  const send = async (n: number): Promise<void> => {
    const arrival = arrivals.of(n);
    await sender.send({ to: { agent: 'worker' }, type: 'query', content: { ...payload(n) } });
    await arrival;
  };
  await concurrent(256, send)(messages);
  await bus.operations.usage.settled();
  const close = async (): Promise<void> => {
    await bus.drain();
    directory[Symbol.dispose]();
  };
  const [log] = opened?.usage.sources ?? [];
  insist(opened !== undefined && log !== undefined, 'There is no log to count.');
  const { cursor, records } = await log.read(0, Number.MAX_SAFE_INTEGER);
  insist(records.length === cursor && cursor > messages, 'The log is not whole.');
  return { log: new RoundAndRound(log, cursor), ledger: opened.usage.ledger, close };
};

/** A record takes as long as its batch takes for each. */
const timed =
  (count: (records: number) => Promise<void>): Batch =>
  async (operations, latencies) => {
    const began = performance.now();
    await count(operations);
    const each = (performance.now() - began) / operations;
    if (latencies !== undefined) for (let done = 0; done < operations; done++) latencies.record(each);
  };

type Log = Awaited<ReturnType<typeof openLog>>;

const openCounting = async (
  counter: (log: Log) => { readonly count: (records: number) => Promise<void>; readonly end: () => Promise<void> },
): Promise<OpenRow> => {
  const log = await openLog();
  const { count, end } = counter(log);
  const close = async (): Promise<void> => {
    await end();
    await log.close();
  };
  return { batch: timed(count), leastOperations: together, close };
};

const committed = `records of ${messages} messages sent and delivered on SQLite, read from their log round and round, ${together} at a time`;

export const counting = (name: string): Row => ({
  name,
  kind: 'ours',
  profile: `${committed}; counted by minute, hour and day into the ledger of the same SQLite, a synced commit for each batch; a time is that of a batch, shared`,
  open: () =>
    openCounting(({ log, ledger }) => {
      const meter = createMeter({ ledger, batch: together });
      meter.add(log);
      const count = async (records: number): Promise<void> => {
        log.grow(records);
        await meter.drain();
      };
      return { count, end: () => meter.close() };
    }),
});

export const bareSums = (name: string): Row => ({
  name,
  kind: 'limit',
  profile: `${committed}; summed up in one number each`,
  leavesOut: 'the ledger, telling records apart, cursors, commits',
  open: () =>
    openCounting(({ log }) => {
      let [from, quantity, bytes] = [0, 0, 0];
      const count = async (records: number): Promise<void> => {
        log.grow(records);
        for (let more = true; more; ) {
          const batch = await log.read(from, together);
          for (const record of batch.records) {
            quantity += record.operations.agent_message ?? 0;
            bytes += record.bytes ?? 0;
          }
          [from, more] = [batch.cursor, batch.more];
        }
        insist(quantity > 0 && bytes > 0, 'Nothing was summed up.');
      };
      return { count, end: () => Promise.resolve() };
    }),
});
