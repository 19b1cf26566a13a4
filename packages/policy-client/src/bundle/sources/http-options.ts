import {
  ConfigurationError,
  type RandomSource,
  systemRandom,
  systemTimers,
  type Timers,
} from '@charterbus/core-models';
import type { BundleTrust } from '../signature/bundle-trust.js';

export interface HttpSourceOptions {
  /** Of the bundle itself: `https`, or `http`, without credentials. */
  readonly url: string;
  readonly trust: BundleTrust;
  /** Default `http`. */
  readonly name?: string;
  /** The environment variable that holds a bearer token. */
  readonly tokenFrom?: string;
  /** Default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How long the service may hold a request until there is something new (long polling). Default 30, at most 240; 0 never. */
  readonly waitSeconds?: number;
  /** How long between two questions where the service does not hold them. Default 60 to 120. */
  readonly pollSeconds?: { readonly least: number; readonly most: number };
  /** How long one answer may take, beyond what the service may hold it. Default 10,000. */
  readonly deadlineMilliseconds?: number;
  /** Default: the system's. */
  readonly timers?: Timers;
  /** Default: the system's. */
  readonly random?: RandomSource;
  /** Default: Node's. */
  readonly fetch?: typeof fetch;
}

export interface HttpSettings {
  readonly url: string;
  readonly trust: BundleTrust;
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly waitSeconds: number;
  readonly pollMilliseconds: { readonly least: number; readonly most: number };
  readonly deadlineMilliseconds: number;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly fetch: typeof fetch;
}

const refuse = (message: string): never => {
  throw new ConfigurationError('CONFIGURATION_INVALID', message);
};

const checkUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : refuse('The address of a bundle service is not one.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('A bundle service is asked over https or http.');
  if (url.username !== '' || url.password !== '')
    refuse('The address of a bundle service holds no credentials; a token comes from the environment.');
  return url.href;
};

const authorization = ({ tokenFrom, environment = {} }: HttpSourceOptions): { readonly authorization?: string } => {
  if (tokenFrom === undefined) return {};
  const token = environment[tokenFrom];
  return token === undefined || token === ''
    ? refuse(`The bundle service needs a token, and ${tokenFrom} is not set.`)
    : { authorization: `Bearer ${token}` };
};

const between = (value: number, least: number, most: number, what: string): number =>
  value >= least && value <= most ? value : refuse(`${what} must be from ${least} to ${most}.`);

/** Checked once, with the defaults filled in. */
export const httpSettings = (options: HttpSourceOptions): HttpSettings => {
  const { url, trust, name = 'http', waitSeconds = 30, pollSeconds = { least: 60, most: 120 } } = options;
  const { deadlineMilliseconds = 10_000, timers = systemTimers, random = systemRandom, fetch: ask = fetch } = options;
  const least = between(pollSeconds.least, 1, 86_400, 'pollSeconds.least');
  const most = between(pollSeconds.most, least, 86_400, 'pollSeconds.most');
  return {
    url: checkUrl(url),
    trust,
    name,
    // A bundle is compressed itself; what is inflated on the way would be no bundle any more.
    headers: {
      ...authorization(options),
      'accept-encoding': 'identity',
      accept: 'application/vnd.openpolicyagent.bundles, application/gzip',
    },
    waitSeconds: Math.floor(between(waitSeconds, 0, 240, 'waitSeconds')),
    pollMilliseconds: { least: least * 1_000, most: most * 1_000 },
    deadlineMilliseconds: between(deadlineMilliseconds, 1, 600_000, 'deadlineMilliseconds'),
    timers,
    random,
    fetch: ask,
  };
};
