import { type HistoryEvent, runAndJudge } from '@charterbus/tooling/testing';
import { expect, test } from 'vitest';
import { lookAtTheEnd } from './support/look.js';
import { ServerRun } from './support/server-run.js';

const seed = Number(process.env['CHARTERBUS_SEED'] ?? 20_261_201);
const calm = { lanes: 2, max: 4, workMs: 0, late: 0, forgets: 0, fails: 0, seed };

type Leased = Extract<HistoryEvent, { readonly kind: 'leased' }>;
type Found = Extract<HistoryEvent, { readonly kind: 'found' }>;

const leasesOf = (events: readonly HistoryEvent[], by: string): readonly Leased[] =>
  events.filter((event): event is Leased => event.kind === 'leased' && event.by === by);

const foundOf = (events: readonly HistoryEvent[], sender: string): readonly Found[] =>
  events.filter((event): event is Found => event.kind === 'found' && event.send.startsWith(`${sender}-`));

const deadLetters = async (run: ServerRun): Promise<number> => {
  const { body } = await run.operator.ask('GET', '/v1/dead-letters?limit=100');
  return (body['deadLetters'] as readonly unknown[]).length;
};

const isUnfinished = async (run: ServerRun): Promise<boolean> => {
  const listed = ['pending', 'processing'].map((status) =>
    run.operator.ask('GET', `/v1/messages?status=${status}&limit=1`),
  );
  return (await Promise.all(listed)).some(({ body }) => (body['messages'] as readonly unknown[]).length > 0);
};

test(`a slow consumer holds up nobody but itself (seed ${seed})`, async () => {
  const events = await runAndJudge('slow-consumer', seed, async (directory) => {
    await using run = await ServerRun.start(directory, ['sender', 'fast', 'slow']);
    const fast = run.consume('fast', { ...calm, by: 'fast' });
    run.consume('slow', { ...calm, by: 'slow', lanes: 1, max: 1, workMs: 300, leaseMs: 2000 });
    run.send({ by: 'sender', seed, lanes: 4, recipients: ['fast', 'slow'] });
    await run.progress.until(() => fast.progress >= 400, 'the fast one');
    await run.killAll();
    await lookAtTheEnd(run.data, run.tokens.values(), run.recorder);
  });
  const [fast, slow] = [leasesOf(events, 'fast'), leasesOf(events, 'slow')];
  expect(slow.length).toBeGreaterThan(0);
  expect(fast.length).toBeGreaterThan(5 * slow.length);
  // While the slow one works on its first, others do not wait.
  const [first, second] = slow;
  const meanwhile = fast.filter(({ at }) => at > (first?.at ?? 0) && at < (second?.at ?? Number.POSITIVE_INFINITY));
  expect(meanwhile.length).toBeGreaterThan(2);
}, 120_000);

test(`messages that kill whoever gets them end as dead letters, and those beside them are delivered (seed ${seed})`, async () => {
  const poisonous = 4;
  const events = await runAndJudge('poison', seed, async (directory) => {
    await using run = await ServerRun.start(directory, ['sender', 'poisoner', 'victim']);
    for (const by of ['victim-1', 'victim-2', 'victim-3']) run.consume('victim', { ...calm, by, leaseMs: 300, max: 1 });
    const sender = run.send({ by: 'sender', seed: seed + 1, lanes: 2, recipients: ['victim'], everyMs: 10 });
    // Others are on their way before there is poison about.
    await run.progress.until(() => sender.progress >= 10, 'before the poison');
    run.send({ by: 'poisoner', seed, lanes: 1, recipients: ['victim'], poison: 1, most: poisonous });
    while ((await deadLetters(run)) < poisonous) await run.more(5, 'while there is poison about');
    await sender.end();
    // What was sent last is on its way when the sender ends.
    let waiting = true;
    while (waiting) waiting = await isUnfinished(run);
    await run.killAll();
    await lookAtTheEnd(run.data, run.tokens.values(), run.recorder);
  });
  const letters = foundOf(events, 'poisoner').flatMap(({ deliveries }) => deliveries);
  const ends = letters.map(({ state, attempts, reason }) => ({ state, attempts, reason }));
  expect(ends).toEqual(
    Array.from({ length: poisonous }, () => ({ state: 'dead', attempts: 3, reason: 'LEASE_EXPIRED' })),
  );
  const others = foundOf(events, 'sender').flatMap(({ deliveries }) => deliveries);
  expect(others.length).toBeGreaterThan(20);
  expect(new Set(others.map(({ state }) => state))).toEqual(new Set(['delivered']));
  const killing = new Set(letters.map(({ id }) => id));
  const deaths = events.filter((event): event is Leased => event.kind === 'leased' && killing.has(event.delivery));
  const between = events.filter(
    (event) => event.kind === 'settled' && event.at > (deaths[0]?.at ?? 0) && event.at < (deaths.at(-1)?.at ?? 0),
  );
  expect(between.length).toBeGreaterThan(3);
}, 120_000);
