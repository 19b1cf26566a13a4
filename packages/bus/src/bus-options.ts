import type { Clock, ConstitutionFile, IdSource, RandomSource, Timers } from '@charterbus/core-models';
import type { Instruments, QuotaWarning } from '@charterbus/metering';
import type { Constitution, ProviderFunction } from '@charterbus/policy-client';
import type { BackgroundErrorListener, CircuitBreakers } from '@charterbus/recovery';
import type { Validator } from '@charterbus/validators';
import type { OpenBackend } from './backend.js';
import type { DeliveryOptions } from './broker/delivery-options.js';
import type { BusHealthOptions } from './health/bus-health.js';
import type { ConstitutionOrigin } from './life/constitution-origin.js';
import type { MeteringOptions } from './usage/start-metering.js';

export interface BusOptions {
  /**
   * A directory; a loaded constitution, which the bus then owns and closes; or whatever offers some. Default: the one
   * that ships.
   */
  readonly constitution?: string | Constitution | ConstitutionOrigin;
  /**
   * Asked of every constitution that comes as files, before it is loaded, at whatever time: rejects where these may not be
   * in force here. Default: all may.
   */
  readonly admit?: (files: readonly ConstitutionFile[]) => Promise<unknown>;
  /** A directory of external data slots, for a constitution that comes as files and names some. */
  readonly data?: string;
  /** The functions that such a constitution names as providers of facts. */
  readonly providers?: Readonly<Record<string, ProviderFunction>>;
  /** Default: memory. */
  readonly backend?: OpenBackend;
  /** Asked in this order after the built-in ones (tenant, attestation, expiry, signature, replay). */
  readonly validators?: readonly Validator[];
  /**
   * Content screens, which the facts of constitutions name: asked only where a fact wants their reading, and never denying by
   * themselves. In place of the built-in ones.
   */
  readonly screens?: readonly Validator[];
  /** How long such a screen may take, in milliseconds; no judgement waits for longer than its own deadline. Default 500. */
  readonly screenMs?: number;
  /** How usage is counted, and where it goes. Default: in the backend's own ledger. */
  readonly metering?: MeteringOptions;
  /** Told once when somebody reaches the threshold of a quota that has one. Default: nobody is told. */
  readonly onQuotaWarning?: (warning: QuotaWarning) => void;
  /** How health is sampled, and from which score on it is what. */
  readonly health?: BusHealthOptions;
  readonly delivery?: Partial<DeliveryOptions>;
  /** How long a dedupe key is remembered, in milliseconds. Default 10 minutes. */
  readonly dedupeMs?: number;
  /** How long a drain may take when it is not told, in milliseconds. Default 10 seconds. */
  readonly drainMs?: number;
  /**
   * Told of what failed where no caller waits: handlers, leases, sweeps. Default: a process warning without the error's
   * words, which may hold parts of messages.
   */
  readonly onBackgroundError?: BackgroundErrorListener;
  /**
   * Where the breakers of everything that this bus asks are listed, by name: `opa:` and the host, `provider:` and the name. Screens
   * that are made before the bus take the same. Default: one of its own.
   */
  readonly breakers?: CircuitBreakers;
  /** For one bus alone. Default: its own, which end with it. They feed the meter of an OpenTelemetry SDK that is registered when they are made. */
  readonly instruments?: Instruments;
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly random?: RandomSource;
  readonly ids?: IdSource;
}
