import { OperationError } from '@charterbus/core-models';
import type { CloudEvent } from './cloud-event.js';
import type { CloudEventsSettings } from './options.js';

/** `taken`, or refused for good with this status. */
export type PostOutcome = 'taken' | number;

/** Longer than this nobody is waited for: it is tried again. */
const longestRetryAfterMs = 3_600_000;

/** RFC 9110, section 10.2.3: seconds, or a date. */
const retryAfterOf = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestRetryAfterMs) : undefined;
};

/** Names the receiver by its origin alone: address and headers may hold secrets, and so may the words of whatever failed. */
const unavailable = ({ url }: CloudEventsSettings, why: string, retryAfterMs?: number): OperationError =>
  new OperationError(
    'SINK_UNAVAILABLE',
    `The receiver of usage at ${url.origin} ${why}.`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );

/** What is wrong with the request itself; 408 and 429 are about its time. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429;

const send = async (
  settings: CloudEventsSettings,
  events: readonly CloudEvent[],
  signal: AbortSignal,
): Promise<Response> => {
  const { fetch, token, url } = settings;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json', ...authorization },
    body: JSON.stringify(events),
    // The token is for this receiver and no other.
    redirect: 'manual',
    signal,
  });
};

const outcomeOf = (settings: CloudEventsSettings, { headers, ok, status }: Response): PostOutcome => {
  if (ok) return 'taken';
  if (isRefusal(status)) return status;
  if (status >= 300 && status < 400) throw unavailable(settings, 'redirects, which is not followed');
  throw unavailable(settings, `answered ${status}`, retryAfterOf(headers.get('retry-after'), settings.clock.now()));
};

/**
 * Posts one batch.
 *
 * @throws OperationError `SINK_UNAVAILABLE` where it is worth trying again.
 */
export const postEvents = async (
  settings: CloudEventsSettings,
  events: readonly CloudEvent[],
  signal: AbortSignal,
): Promise<PostOutcome> => {
  const late = new AbortController();
  using _deadline = settings.timers.after(settings.timeoutMs, () => late.abort());
  let response: Response;
  try {
    response = await send(settings, events, AbortSignal.any([signal, late.signal]));
    // What the receiver has to say is not read: it may be endless.
    await response.body?.cancel();
  } catch (error) {
    if (signal.aborted) throw new OperationError('ABORTED', 'The sink was closed.');
    if (late.signal.aborted) throw unavailable(settings, 'did not answer in time');
    throw unavailable(settings, `could not be reached (${error instanceof Error ? error.name : 'unknown'})`);
  }
  return outcomeOf(settings, response);
};
