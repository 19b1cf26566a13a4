import { type CharterbusError, type Clock, systemClock } from '@charterbus/core-models';
import type { BundleEvent, BundleOrigin, VerifiedBundle } from '@charterbus/policy-client';
import type { Logger } from 'pino';

/** That a source had nothing, or something that may not be in force. */
export interface BundleRefusal {
  readonly source: string;
  readonly code: string;
  readonly message: string;
  readonly at: string;
}

/** The bundle that came into force last from a source. */
export interface TakenBundle {
  readonly revision: number;
  readonly hash: string;
  readonly status: VerifiedBundle['status'];
  readonly signedBy?: string;
  readonly from: BundleOrigin;
  readonly source: string;
  readonly at: string;
}

const refusalsKept = 20;

/** Nothing kept is what a first start finds. */
const isUsual = (source: string, { code }: CharterbusError): boolean =>
  code === 'BUNDLE_UNAVAILABLE' && (source === 'cache' || source === 'last-known-good');

/** What became of bundles: for the log, and for operators who ask. */
export class BundleReports {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'now'>;
  #refused: readonly BundleRefusal[] = [];
  #taken: TakenBundle | undefined;

  constructor(logger: Logger, clock: Pick<Clock, 'now'> = systemClock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Newest first, at most twenty. */
  get refused(): readonly BundleRefusal[] {
    return this.#refused;
  }

  get taken(): TakenBundle | undefined {
    return this.#taken;
  }

  tell(event: Exclude<BundleEvent, { readonly kind: 'bundle' }>): void {
    if (event.kind === 'revoked') {
      const { name, hash, source } = event;
      this.#logger.error({ constitution: name, hash, source }, 'constitution revoked by its publisher');
      return;
    }
    const { source, error } = event;
    const { code, message, details } = error;
    const { problems } = details;
    this.#refused = [{ source, code, message, at: this.#now }, ...this.#refused].slice(0, refusalsKept);
    const level = isUsual(source, error) ? 'info' : 'warn';
    this.#logger[level]({ source, code, problems, reason: message }, 'bundle refused');
  }

  took({ revision, hash, status, signedBy, source }: VerifiedBundle, from: BundleOrigin): void {
    const signer = signedBy === undefined ? {} : { signedBy };
    this.#taken = { revision, hash, status, ...signer, from, source, at: this.#now };
    const level = status === 'deprecated' ? 'warn' : 'info';
    this.#logger[level]({ ...this.#taken }, 'bundle in force');
  }

  stopped(error: unknown): void {
    this.#logger.error({ err: error }, 'following bundles failed; it is begun again');
  }

  get #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
