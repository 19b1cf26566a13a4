import { bundleError } from '../bundle-error.js';
import { readBundle } from '../read-bundle.js';
import type { VerifiedBundle } from '../verified-bundle.js';
import { type BundleSource, saysTheSame } from './bundle-source.js';
import { type HttpSettings, type HttpSourceOptions, httpSettings } from './http-options.js';
import { askService, type HttpAnswer } from './http-request.js';
import { fraction, pause } from './pause.js';

interface Seen {
  readonly bundle: VerifiedBundle;
  readonly etag: string | undefined;
}

/** Between two questions to a service that holds them, lest one that says so and does not be asked without end. */
const betweenHeld = 1_000;

class HttpSource implements BundleSource {
  readonly #settings: HttpSettings;
  #seen: Seen | undefined;
  /** What the service said with its last bundle. */
  #holds = false;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  get name(): string {
    return this.#settings.name;
  }

  async next(known: VerifiedBundle | undefined, signal: AbortSignal): Promise<VerifiedBundle> {
    for (;;) {
      signal.throwIfAborted();
      const bundle = await this.#ask(known, signal);
      if (bundle !== undefined && (known === undefined || !saysTheSame(bundle, known))) return bundle;
      await this.#pauseUnlessHeld(signal);
    }
  }

  /** Nothing where the service has nothing new. */
  async #ask(known: VerifiedBundle | undefined, signal: AbortSignal): Promise<VerifiedBundle | undefined> {
    const seen =
      known !== undefined && this.#seen !== undefined && saysTheSame(this.#seen.bundle, known) ? this.#seen : undefined;
    const hold = seen?.etag !== undefined && this.#holds && this.#settings.waitSeconds > 0;
    const answer = await askService(this.#settings, seen?.etag, hold, signal);
    if (answer.bytes !== undefined) return this.#take(answer.bytes, answer);
    if (seen?.etag === undefined)
      throw bundleError('BUNDLE_UNAVAILABLE', 'the service has nothing new for who has nothing.');
    return undefined;
  }

  /** The tag is kept only with a bundle that verified: a bad one is asked for again. */
  async #take(bytes: Uint8Array, { etag, holds }: HttpAnswer): Promise<VerifiedBundle> {
    this.#seen = undefined;
    const bundle = await readBundle(bytes, { trust: this.#settings.trust, source: this.name });
    this.#seen = { bundle, etag };
    this.#holds = holds;
    return bundle;
  }

  async #pauseUnlessHeld(signal: AbortSignal): Promise<void> {
    const { least, most } = this.#settings.pollMilliseconds;
    const held = this.#holds && this.#settings.waitSeconds > 0 && this.#seen?.etag !== undefined;
    const milliseconds = held ? betweenHeld : least + (most - least) * fraction(this.#settings.random);
    await pause(milliseconds, this.#settings.timers, signal);
  }
}

/**
 * A bundle service as OPA knows it: asked with the tag of what is known and, where it says that it can, for as long as
 * nothing is new.
 */
export const httpSource = (options: HttpSourceOptions): BundleSource => new HttpSource(httpSettings(options));
