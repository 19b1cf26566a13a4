import { type Envelope, StoreError } from '@charterbus/core-models';
import type { EntryChange } from '../broker/broker.js';
import { isFinal } from '../broker/entry.js';
import type { BusContext } from '../context.js';
import { quotaRequest } from '../way/quota.js';

const finish = async (message: string, { broker, life, quotas }: BusContext): Promise<void> => {
  const record = await broker.reader.message(message);
  if (record === undefined || record.settledAt === 0) return;
  const envelope = await broker.reader.envelope(message);
  if (envelope !== undefined) quotas.finished(quotaRequest(envelope, life.current));
};

/** Gives back the places of messages that are finished, where some quota counts them. */
export const giveBackPlaces = (context: BusContext): Disposable =>
  context.broker.watch(({ entry }: EntryChange) => {
    if (!isFinal(entry.state) || !context.quotas.placesAreCounted) return;
    context.background.run('quota', () => finish(entry.message, context));
  });

/** As many as are looked at in one step. */
const page = 1000;
const unfinished = ['pending', 'processing', 'pending_deliberation'] as const;

/** Ids of messages of one status, page by page. */
async function* idsOf(status: (typeof unfinished)[number], { broker: { reader } }: BusContext): AsyncGenerator<string> {
  let found = await reader.list({ status, limit: page });
  while (found.length > 0) {
    for (const { id } of found) yield id;
    const before = found.at(-1)?.id;
    found = before === undefined || found.length < page ? [] : await reader.list({ status, limit: page, before });
  }
}

async function* unfinishedMessages(context: BusContext): AsyncGenerator<Envelope> {
  for (const status of unfinished) {
    for await (const id of idsOf(status, context)) {
      const envelope = await context.broker.reader.envelope(id);
      if (envelope !== undefined) yield envelope;
    }
  }
}

/** How long a start waits for what the process before it did not live to count, in milliseconds: some ten million records. */
const longestCountMs = 60_000;

/** A start that knows no budget would let too much through; one that waits for ever never says why. */
const countedInTime = async ({ timers, usage }: BusContext): Promise<void> => {
  const stop = new AbortController();
  using _timer = timers.after(longestCountMs, () => stop.abort());
  try {
    await usage.meter.counted(stop.signal);
  } catch (cause) {
    throw new StoreError('STORE_UNAVAILABLE', 'What was used of budgets before cannot be counted.', { cause });
  }
};

/**
 * After a start, for counters that do not outlive their process: all that was committed is counted, so that budgets know of it, and
 * what is not finished has its places again.
 *
 * @throws StoreError `STORE_UNAVAILABLE` where that takes too long.
 */
export const knowQuotas = async (context: BusContext): Promise<void> => {
  const { life, quotas } = context;
  const own = quotas.of(life.current);
  if (own === undefined) return;
  await countedInTime(context);
  if (!quotas.placesAreCounted) return;
  for await (const envelope of unfinishedMessages(context)) await own.resume(quotaRequest(envelope, life.current));
};
