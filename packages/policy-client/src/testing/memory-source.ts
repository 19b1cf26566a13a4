import { bundleError } from '../bundle/bundle-error.js';
import { readBundle } from '../bundle/read-bundle.js';
import type { BundleTrust } from '../bundle/signature/bundle-trust.js';
import { type BundleSource, saysTheSame } from '../bundle/sources/bundle-source.js';
import type { VerifiedBundle } from '../bundle/verified-bundle.js';

/** A source that has what it was given: for tests of what stands on sources. */
export class MemorySource implements BundleSource {
  readonly name: string;
  readonly #trust: BundleTrust | 'unsigned';
  #bytes: Uint8Array | undefined;
  #changed = Promise.withResolvers<undefined>();

  constructor(trust: BundleTrust | 'unsigned', name = 'memory') {
    this.#trust = trust;
    this.name = name;
  }

  /** Has these from now on; without, it has nothing and says so. */
  give(bytes: Uint8Array | undefined): void {
    this.#bytes = bytes;
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers<undefined>();
  }

  async next(known: VerifiedBundle | undefined, signal: AbortSignal): Promise<VerifiedBundle> {
    for (;;) {
      signal.throwIfAborted();
      // Taken before anything is waited for, so that no change is missed.
      const changed = this.#changed.promise;
      if (this.#bytes === undefined) throw bundleError('BUNDLE_UNAVAILABLE', 'there is none.');
      const bundle = await readBundle(this.#bytes, { trust: this.#trust, source: this.name });
      if (known === undefined || !saysTheSame(bundle, known)) return bundle;
      await untilEither(changed, signal);
    }
  }
}

const untilEither = async (changed: Promise<undefined>, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<undefined>();
  const abort = (): void => {
    aborted.resolve(undefined);
  };
  signal.addEventListener('abort', abort, { once: true });
  await Promise.race([changed, aborted.promise]);
  signal.removeEventListener('abort', abort);
};
