import { ConstitutionalError } from '@charterbus/core-models';
import { type BundleSource, type BundleTrust, readBundle, type VerifiedBundle } from '../../src/index.js';

/** A source of a test's own: it has what it was given, and is told when. */
export class ScriptedSource implements BundleSource {
  readonly name: string;
  readonly #trust: BundleTrust;
  #bytes: Uint8Array | undefined;
  #changed = Promise.withResolvers<undefined>();
  /** How often it was asked. */
  asked = 0;

  constructor(name: string, trust: BundleTrust) {
    this.name = name;
    this.#trust = trust;
  }

  /** Has this from now on. */
  give(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#wake();
  }

  /** Has nothing from now on. */
  fail(): void {
    this.#bytes = undefined;
    this.#wake();
  }

  /** Lets everything run that waits for nothing but the machine itself. */
  async untilIdle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  async next(known: VerifiedBundle | undefined, signal: AbortSignal): Promise<VerifiedBundle> {
    this.asked += 1;
    for (;;) {
      signal.throwIfAborted();
      if (this.#bytes === undefined) throw new ConstitutionalError('BUNDLE_UNAVAILABLE', 'Nothing is there.');
      const bundle = await readBundle(this.#bytes, { trust: this.#trust, source: this.name });
      if (known === undefined || bundle.hash !== known.hash || bundle.status !== known.status) return bundle;
      const aborted = Promise.withResolvers<undefined>();
      signal.addEventListener('abort', () => aborted.resolve(undefined), { once: true });
      await Promise.race([this.#changed.promise, aborted.promise]);
    }
  }

  #wake(): void {
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers<undefined>();
  }
}
