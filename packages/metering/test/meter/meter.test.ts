import { ManualClock, seededRandom } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import {
  createMemoryLedger,
  createMeter,
  type MeterEvent,
  type MeterOptions,
  type UsageBatch,
  UsageLog,
  type UsageSource,
} from '../../src/index.js';
import { FaultyLedger, KeepingSink, unavailable } from '../support/faulty.js';
import { recordOf } from '../support/records.js';

const day = { bucket: 'day', from: 0, to: Date.UTC(2027, 0, 1), groupBy: [], operation: 'agent_message' } as const;

const append = (log: UsageLog, length: number): void => {
  for (let sent = 0; sent < length; sent += 1) log.append(recordOf());
};

const upTo = (end: number): readonly number[] => Array.from({ length: end }, (_, index) => index);

/** A meter whose failures pass as soon as they are told. */
const made = (options: Partial<MeterOptions> & { readonly clock?: ManualClock } = {}) => {
  const clock = options.clock ?? new ManualClock();
  const ledger = new FaultyLedger(createMemoryLedger());
  const events: MeterEvent[] = [];
  const onEvent = (event: MeterEvent): void => {
    events.push(event);
    if (event.kind === 'failed') queueMicrotask(() => clock.advance(event.retryInMs));
  };
  const log = new UsageLog({ name: 'log' });
  const meter = createMeter({ ledger, timers: clock, random: seededRandom(1), onEvent, ...options, clock });
  const counted = async (): Promise<number> => (await ledger.totals(day))[0]?.quantity ?? 0;
  return { clock, counted, events, ledger, log, meter };
};

test('what was committed before and after a source is added is counted once', async () => {
  const { counted, log, meter } = made();
  await using _meter = meter;
  append(log, 10);
  meter.add(log);
  append(log, 10);
  await meter.drain();
  expect(await counted()).toBe(20);
  append(log, 1);
  await meter.drain();
  expect(await counted()).toBe(21);
  expect(meter.status).toEqual([{ source: 'log', target: 'ledger', cursor: 21, lost: 0, failures: 0 }]);
});

test('it wakes by itself, and takes together what has come while it rested', async () => {
  const { clock, counted, ledger, log, meter } = made({ restMs: 50 });
  await using _meter = meter;
  meter.add(log);
  await meter.drain();
  append(log, 5);
  let entries = 0;
  const record = ledger.record.bind(ledger);
  ledger.record = (entry) => {
    entries += 1;
    return record(entry);
  };
  expect(entries).toBe(0);
  clock.advance(50);
  await expect.poll(counted).toBe(5);
  append(log, 5);
  expect(await counted()).toBe(5);
  await expect.poll(() => (clock.advance(50), counted())).toBe(10);
  expect(entries).toBe(2);
});

test('batches are bounded', async () => {
  const { ledger, log, meter } = made({ batch: 4 });
  await using _meter = meter;
  const sizes: number[] = [];
  const record = ledger.record.bind(ledger);
  ledger.record = (entry) => {
    sizes.push(entry.records.length);
    return record(entry);
  };
  append(log, 10);
  meter.add(log);
  await meter.drain();
  expect(sizes).toEqual([4, 4, 2]);
});

test('between batches others have their turn', async () => {
  const { log, meter } = made({ batch: 1 });
  await using _meter = meter;
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    if (turns < 1000) setImmediate(turn);
  };
  append(log, 20);
  meter.add(log);
  setImmediate(turn);
  await meter.drain();
  expect(turns).toBeGreaterThanOrEqual(15);
});

test('a ledger that fails is tried again later each time, and counts nothing twice', async () => {
  const { counted, events, ledger, log, meter } = made({ backoff: { initialMs: 100, maxMs: 400 } });
  await using _meter = meter;
  ledger.failures = ['before', 'after', 'before', 'before', 'before'];
  append(log, 7);
  meter.add(log);
  await meter.drain();
  expect(await counted()).toBe(7);
  const waits = events.map((event) => (event.kind === 'failed' ? event.retryInMs : Number.NaN));
  // What was counted before it failed is known when it is tried again, so there is nothing left to fail.
  expect(waits.length).toBe(2);
  for (const [place, longest] of [100, 200].entries()) {
    expect(waits[place]).toBeGreaterThanOrEqual(longest / 2);
    expect(waits[place]).toBeLessThanOrEqual(longest);
  }
  expect(events[0]).toMatchObject({ source: 'log', target: 'ledger', error: unavailable });
  expect(meter.status[0]?.failures).toBe(0);
});

test('each sink has its own pace, and a sink that fails holds up nobody', async () => {
  const [slow, failing] = [new KeepingSink('slow', 'ledger', 1), new KeepingSink('failing', 'ledger')];
  const { counted, ledger, log, meter } = made({ sinks: [slow, failing] });
  await using _meter = meter;
  failing.failures = 4;
  append(log, 6);
  meter.add(log);
  await meter.counted();
  expect(await counted()).toBe(6);
  await meter.drain();
  expect(slow.indexes).toEqual(upTo(6));
  expect(failing.indexes).toEqual(upTo(6));
  expect(await ledger.cursor('sink/slow/log')).toBe(6);
});

test('a sink goes on where the ledger says that it was, another process begins where the ledger is', async () => {
  const [kept, passing] = [new KeepingSink('kept', 'ledger'), new KeepingSink('passing', 'process')];
  const { clock, ledger, log, meter } = made({ sinks: [kept, passing] });
  append(log, 3);
  meter.add(log);
  await meter.drain();
  await meter.close();
  append(log, 2);
  const [again, anew] = [new KeepingSink('kept', 'ledger'), new KeepingSink('passing', 'process')];
  await using next = createMeter({ ledger, sinks: [again, anew], clock, timers: clock });
  next.add(log);
  await next.drain();
  expect([kept.indexes, again.indexes]).toEqual([
    [0, 1, 2],
    [3, 4],
  ]);
  expect([passing.indexes, anew.indexes]).toEqual([
    [0, 1, 2],
    [3, 4],
  ]);
});

test('a sink of the process takes again what it did not take, wherever the ledger is by then', async () => {
  const passing = new KeepingSink('passing', 'process');
  const { log, meter } = made({ sinks: [passing] });
  await using _meter = meter;
  passing.failures = 3;
  append(log, 3);
  meter.add(log);
  await meter.drain();
  expect(passing.indexes).toEqual([0, 1, 2]);
});

test('records that were gone before they were read are told', async () => {
  const { counted, events, meter } = made();
  await using _meter = meter;
  const log = new UsageLog({ name: 'window', kept: 4 });
  append(log, 10);
  meter.add(log);
  await meter.drain();
  expect(await counted()).toBe(4);
  expect(events).toEqual([{ kind: 'lost', source: 'window', target: 'ledger', records: 6 }]);
  expect(meter.status[0]?.lost).toBe(6);
});

test('draining ends with its signal, and with the meter', async () => {
  const { ledger, log, meter } = made({ onEvent: () => {} });
  ledger.failures = Array.from({ length: 9 }, () => 'before');
  append(log, 1);
  meter.add(log);
  const leaving = new AbortController();
  const drained = meter.drain(leaving.signal);
  leaving.abort(new Error('no time'));
  await expect(drained).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(meter.drain(leaving.signal)).rejects.toMatchObject({ code: 'ABORTED' });
  const waiting = meter.drain();
  await meter.close();
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  await meter.close();
  expect(() => meter.add(log)).toThrow('The meter is closed.');
});

test('a source that was taken out is read no more, and may be added again', async () => {
  const { counted, log, meter } = made();
  await using _meter = meter;
  const metered = meter.add(log);
  append(log, 2);
  await meter.drain();
  await metered[Symbol.asyncDispose]();
  append(log, 2);
  await meter.drain();
  expect(await counted()).toBe(2);
  meter.add(log);
  await meter.drain();
  expect(await counted()).toBe(4);
});

test('a source that fails, and one that commits all the time, are both drained', async () => {
  const { counted, log, meter } = made();
  await using _meter = meter;
  let reads = 0;
  const restless: UsageSource = {
    name: 'restless',
    watch: (listener) => log.watch(listener),
    read(from, limit): UsageBatch {
      reads += 1;
      if (reads === 2) throw new Error('It cannot be read.');
      if (reads < 20) append(log, 1);
      return log.read(from, limit);
    },
  };
  append(log, 3);
  meter.add(restless);
  await meter.drain();
  expect(await counted()).toBeGreaterThanOrEqual(3);
});

test('old buckets are forgotten at the beginning and each hour', async () => {
  const { clock, ledger, log, meter } = made();
  await using _meter = meter;
  const minutes = { ...day, bucket: 'minute' } as const;
  append(log, 1);
  meter.add(log);
  await meter.drain();
  clock.advance(48 * 3_600_000);
  expect((await ledger.totals(minutes)).length).toBe(1);
  clock.advance(2 * 3_600_000);
  await expect.poll(async () => (await ledger.totals(minutes)).length).toBe(0);
});

test('what cannot be forgotten is told, and what a listener throws is its own', async () => {
  const { clock, ledger } = made();
  ledger.prune = () => {
    throw unavailable;
  };
  const events: MeterEvent[] = [];
  await using _meter = createMeter({ ledger, clock, timers: clock, onEvent: (event) => events.push(event) });
  await expect.poll(() => events).toEqual([{ kind: 'not_pruned', error: unavailable }]);
});

test('names that would be taken for others, and options out of bounds, are refused', () => {
  const ledger = createMemoryLedger();
  const refused = expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error;
  const sink = new KeepingSink('one', 'process');
  for (const options of [
    { sinks: [sink, sink] },
    { sinks: [new KeepingSink('ledger', 'process')] },
    { batch: 0 },
    { restMs: -1 },
    { backoff: { initialMs: 0 } },
  ]) {
    expect(() => createMeter({ ledger, ...options })).toThrow(refused);
  }
  const { log, meter } = made();
  meter.add(log);
  expect(() => meter.add(log)).toThrow(refused);
  expect(() => meter.add(new UsageLog({ name: 'sink/one/log' }))).toThrow(refused);
  expect(() => new UsageLog({ name: 'log', kept: 0 })).toThrow(refused);
});
