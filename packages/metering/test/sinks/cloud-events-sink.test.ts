import { ManualClock } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import {
  type CloudEventsOptions,
  createCloudEventsSink,
  createMemoryLedger,
  createMeter,
  type MeterEvent,
  type ParkedEvents,
  type UsageEntry,
  UsageLog,
} from '../../src/index.js';
import { type Answer, startBytes, startReceiver, status } from '../support/receiver.js';
import { recordOf } from '../support/records.js';

const signal = new AbortController().signal;

const entryOf = (length: number): UsageEntry => ({
  source: 'log',
  from: 0,
  to: length,
  records: Array.from({ length }, (_, index) => ({ ...recordOf(), index })),
});

/** What it throws, as whoever reads the log sees it. */
const failureOf = async (options: CloudEventsOptions): Promise<Record<string, unknown>> => {
  const failed = Promise.resolve(createCloudEventsSink(options).take(entryOf(1), signal));
  const error: unknown = await failed.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { ...(error as object), message: String(error) };
};

/** What the data of each event of these records says. */
const data = {
  tier: 'standard',
  outcome: 'allow',
  tenant: 'acme',
  agent: 'alice',
  messageType: 'command',
  tool: 'refund',
};

test('events have the shape of CloudEvents 1.0, as OpenMeter takes it', async () => {
  const receiver = await startReceiver();
  await using sink = createCloudEventsSink({ url: receiver.url, token: 'secret', source: 'bus', type: 'usage' });
  const record = recordOf({ tool: 'refund', inputTokens: 3, outputTokens: 4, costMicros: 1_500_000, bytes: 10 });
  await sink.take({ source: 'log', from: 0, to: 1, records: [{ ...record, index: 0 }] }, signal);
  const [[message, evaluation] = []] = receiver.batches;
  const common = {
    specversion: '1.0',
    source: 'bus',
    type: 'usage',
    subject: 'acme',
    time: '2026-01-01T00:00:00.000Z',
  };
  expect(message).toEqual({
    ...common,
    id: 'log/0/agent_message',
    datacontenttype: 'application/json',
    data: {
      ...data,
      operation: 'agent_message',
      quantity: 1,
      bytes: 10,
      inputTokens: 3,
      outputTokens: 4,
      tokens: 7,
      cost: 1.5,
    },
  });
  expect(evaluation).toMatchObject({
    id: 'log/0/policy_evaluation',
    data: { ...data, operation: 'policy_evaluation', quantity: 2 },
  });
  expect(evaluation?.data).not.toHaveProperty('tokens');
});

test('a batch says what it is, and who sends it', async () => {
  const receiver = await startReceiver();
  await using sink = createCloudEventsSink({ url: receiver.url, token: 'secret' });
  await sink.take(entryOf(1), signal);
  expect(receiver.headers[0]).toMatchObject({
    'content-type': 'application/cloudevents-batch+json',
    authorization: 'Bearer secret',
  });
});

test('one request holds a bounded number of events, of whole records', async () => {
  const receiver = await startReceiver();
  await using sink = createCloudEventsSink({ url: receiver.url, batch: 5, subject: 'agent' });
  expect(await sink.take(entryOf(10), signal)).toBe(2);
  expect(receiver.batches[0]?.map(({ subject }) => subject)).toEqual(Array.from({ length: 4 }, () => 'acme/alice'));
});

test('what cannot be taken now is tried again under the same ids, after what is asked for', async () => {
  const broken: Answer = (request) => void request.socket.destroy();
  const receiver = await startReceiver(
    status(429, { 'retry-after': '7' }),
    status(503),
    broken,
    status(408),
    status(204),
  );
  const clock = new ManualClock();
  const log = new UsageLog({ name: 'log' });
  for (let sent = 0; sent < 3; sent += 1) log.append(recordOf());
  const waits: number[] = [];
  const onEvent = (event: MeterEvent): void => {
    if (event.kind !== 'failed') return;
    waits.push(event.retryInMs);
    queueMicrotask(() => clock.advance(event.retryInMs));
  };
  await using sink = createCloudEventsSink({ url: receiver.url, clock });
  await using meter = createMeter({ ledger: createMemoryLedger(), sinks: [sink], clock, timers: clock, onEvent });
  meter.add(log);
  await meter.drain();
  expect(waits[0]).toBe(7000);
  expect(waits.length).toBe(4);
  const ids = receiver.batches.map((batch) => batch.map(({ id }) => id));
  expect(ids.length).toBe(5);
  expect(new Set(ids.map(String)).size).toBe(1);
});

test('a receiver that is away, slow, talks nonsense or redirects is said to be, without any secret', async () => {
  const slow: Answer = () => {};
  const endless: Answer = (_request, response) => void response.writeHead(500).write('x');
  const clock = new ManualClock();
  const answers: readonly (readonly [string, string])[] = [
    [(await startReceiver(endless)).url, 'answered 500'],
    [(await startReceiver(status(302, { location: 'http://127.0.0.1:1/elsewhere' }))).url, 'redirects'],
    [await startBytes('nonsense\r\n\r\n'), 'could not be reached'],
    [await startBytes(''), 'could not be reached'],
    ['http://127.0.0.1:1/', 'could not be reached'],
  ];
  for (const [url, why] of answers) {
    const failure = await failureOf({ url: `${url}?key=hidden`, token: 'secret' });
    expect(failure).toMatchObject({ code: 'SINK_UNAVAILABLE' });
    expect(failure['message']).toContain(why);
    expect(JSON.stringify(failure)).not.toMatch(/secret|hidden/);
  }
  const receiver = await startReceiver(slow);
  const late = failureOf({ url: receiver.url, timeoutMs: 500, timers: clock });
  await expect.poll(() => receiver.batches.length).toBe(1);
  clock.advance(500);
  expect(await late).toMatchObject({ message: expect.stringContaining('did not answer in time') as string });
});

test('Retry-After may be a date, and what is none is not obeyed', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const waits: unknown[] = [];
  for (const value of ['Thu, 01 Jan 2026 00:00:30 GMT', 'soon', '999999', '-5']) {
    const { url } = await startReceiver(status(503, { 'retry-after': value }));
    waits.push((await failureOf({ url, clock }))['retryAfterMs']);
  }
  expect(waits).toEqual([30_000, undefined, 3_600_000, 0]);
});

test('what the receiver refuses for good is parked, counted and told, and what comes after it goes on', async () => {
  const receiver = await startReceiver(status(400), status(204));
  const parked: ParkedEvents[] = [];
  const log = new UsageLog({ name: 'log' });
  for (let sent = 0; sent < 4; sent += 1) log.append(recordOf());
  const ledger = createMemoryLedger();
  const clock = new ManualClock();
  await using sink = createCloudEventsSink({ url: receiver.url, batch: 4, onParked: (range) => parked.push(range) });
  await using meter = createMeter({ ledger, sinks: [sink], clock, timers: clock });
  meter.add(log);
  await meter.drain();
  const range = { source: 'log', from: 0, to: 2, events: 4, status: 400 };
  expect(parked).toEqual([range]);
  expect(sink.parked).toEqual({ batches: 1, events: 4, latest: [range] });
  expect(receiver.batches[1]?.map(({ id }) => id)).toContain('log/3/agent_message');
  expect(await ledger.cursor('sink/cloud-events/log')).toBe(4);
});

test('closing ends a request that is under way', async () => {
  const receiver = await startReceiver(() => {});
  const sink = createCloudEventsSink({ url: receiver.url });
  const taken = Promise.resolve(sink.take(entryOf(1), signal));
  await expect.poll(() => receiver.batches.length).toBe(1);
  await sink.close();
  await expect(taken).rejects.toMatchObject({ code: 'ABORTED' });
});

test.each([
  { url: 'nonsense' },
  { url: 'ftp://example.org' },
  { url: 'https://user:secret@example.org' },
  { url: 'https://example.org', token: 'two words' },
  { url: 'https://example.org', batch: 0 },
  { url: 'https://example.org', timeoutMs: Number.NaN },
])('options that cannot be used are refused without repeating them', (options) => {
  expect(() => createCloudEventsSink(options)).toThrow(
    expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error,
  );
  expect(() => createCloudEventsSink(options)).not.toThrow(/secret|two words/);
});
