import { type Clock, ConfigurationError, systemClock, systemTimers, type Timers } from '@charterbus/core-models';
import type { CloudEventSubject } from './cloud-event.js';

/** Events that the receiver refused for good. They are not sent again by themselves. */
export interface ParkedEvents {
  /** The source of usage, and where in it they are: it can be read from there again. */
  readonly source: string;
  readonly from: number;
  readonly to: number;
  readonly events: number;
  /** What the receiver answered. */
  readonly status: number;
}

export interface CloudEventsOptions {
  /** Where batches are posted to; `https:`, or `http:`. Without a user and a password. */
  readonly url: string;
  /** Goes with each request as `Authorization: Bearer …`, and into no error. */
  readonly token?: string;
  /** The `source` of the events. Default `charterbus`. */
  readonly source?: string;
  /** Their `type`. Default `charterbus.usage`. */
  readonly type?: string;
  /** Their `subject`. Default `tenant`. */
  readonly subject?: CloudEventSubject;
  /** Default `cloud-events`. */
  readonly name?: string;
  /** Events in one request. Default 100. */
  readonly batch?: number;
  /** How long one request may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  readonly onParked?: (parked: ParkedEvents) => void;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, 'now'>;
  /** Must agree with the clock. Default: the system's. */
  readonly timers?: Timers;
}

const defaults = {
  source: 'charterbus',
  type: 'charterbus.usage',
  subject: 'tenant',
  name: 'cloud-events',
  batch: 100,
  timeoutMs: 10_000,
  onParked: () => {},
  clock: systemClock,
  timers: systemTimers,
} as const;

const check = (isValid: boolean, what: string): void => {
  if (!isValid) throw new ConfigurationError('CONFIGURATION_INVALID', what);
};

/** The address itself may hold a secret: errors do not repeat it. */
const urlOf = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'The url of a sink must be one of http or https.');
  }
  check(url.username === '' && url.password === '', 'The url of a sink must be without a user and a password.');
  return url;
};

export type CloudEventsSettings = ReturnType<typeof cloudEventsSettings>;

/** @throws ConfigurationError `CONFIGURATION_INVALID` */
export const cloudEventsSettings = (options: CloudEventsOptions) => {
  const settings = { ...defaults, fetch, token: undefined, ...options, url: urlOf(options.url) };
  const { batch, timeoutMs, token } = settings;
  check(Number.isInteger(batch) && batch > 0, 'batch must be a whole number above 0.');
  check(timeoutMs > 0 && Number.isFinite(timeoutMs), 'timeoutMs must be positive.');
  check(token === undefined || /^[!-~]+$/.test(token), 'The token of a sink must be of visible ASCII characters.');
  return settings;
};
