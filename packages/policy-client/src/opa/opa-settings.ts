import {
  type Clock,
  type EngineManifest,
  engineManifestSchema,
  systemClock,
  systemTimers,
  type Timers,
} from '@charterbus/core-models';
import { type BreakerSource, CircuitBreakers } from '@charterbus/recovery';
import type { ConstitutionProblem } from '../source/problem.js';

type OpaManifest = Extract<EngineManifest, { readonly kind: 'opa' }>;

/** As in the manifest, with what it needs of the world. */
export interface OpaEngineOptions extends Pick<OpaManifest, 'url'>, Partial<Omit<OpaManifest, 'kind' | 'url'>> {
  /** Where the token is taken from. Default: nowhere. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Default: the system's. */
  readonly timers?: Timers;
  /** The server is left alone for so long after so many failures in a row. Default: five, five seconds. */
  readonly breaker?: { readonly failures: number; readonly openMilliseconds: number };
  /** Where its breaker is listed, as `opa:` and the host. Default: nowhere. */
  readonly breakers?: BreakerSource;
}

/** What an engine runs with. */
export interface OpaSettings {
  readonly manifest: OpaManifest;
  readonly token?: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly breaker: { readonly failures: number; readonly openMilliseconds: number };
  readonly breakers: BreakerSource;
}

export type ReadSettings =
  | { readonly settings: OpaSettings; readonly problems: readonly [] }
  | { readonly settings?: never; readonly problems: readonly ConstitutionProblem[] };

const about = (message: string): readonly ConstitutionProblem[] => [
  { file: 'manifest.yaml', message: `engine: ${message}` },
];

/** Visible ASCII: what a header takes, and what cannot begin another one. */
const tokenPattern = /^[\x21-\x7e]{1,8192}$/;

type Outside = Pick<OpaSettings, 'clock' | 'timers' | 'breaker' | 'breakers'>;

const outsideOf = ({
  clock = systemClock,
  timers = systemTimers,
  breaker = { failures: 5, openMilliseconds: 5_000 },
  breakers = new CircuitBreakers({ clock, timers }),
}: { readonly [K in keyof Outside]: Outside[K] | undefined }): Outside => ({ clock, timers, breaker, breakers });

/** Checks the settings again: whoever calls from code has not been through a manifest. Never says the token. */
export const readSettings = (options: OpaEngineOptions): ReadSettings => {
  const { environment = {}, clock, timers, breaker, breakers, ...given } = options;
  const parsed = engineManifestSchema.safeParse({ ...given, kind: 'opa' });
  if (!parsed.success || parsed.data.kind !== 'opa') return { problems: about('the settings of opa are not valid.') };
  const manifest = parsed.data;
  const { tokenFrom } = manifest;
  const token = tokenFrom === undefined ? undefined : environment[tokenFrom];
  if (tokenFrom !== undefined && (token === undefined || !tokenPattern.test(token)))
    return { problems: about(`the environment variable ${tokenFrom} holds no token.`) };
  const settings = {
    manifest,
    ...outsideOf({ clock, timers, breaker, breakers }),
    ...(token === undefined ? {} : { token }),
  };
  return { settings, problems: [] };
};
