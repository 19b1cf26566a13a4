import type { BundleSource, BundleTrust, VerifiedBundle } from '../../src/index.js';
import { MemorySource } from '../../src/testing/index.js';

/** A source of a test's own that counts how often it is asked. */
export class ScriptedSource implements BundleSource {
  readonly #source: MemorySource;
  asked = 0;

  constructor(name: string, trust: BundleTrust) {
    this.#source = new MemorySource(trust, name);
  }

  get name(): string {
    return this.#source.name;
  }

  /** Has this from now on. */
  give(bytes: Uint8Array): void {
    this.#source.give(bytes);
  }

  /** Has nothing from now on. */
  fail(): void {
    this.#source.give(undefined);
  }

  /** Lets everything run that waits for nothing but the machine itself. */
  async untilIdle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  next(known: VerifiedBundle | undefined, signal: AbortSignal): Promise<VerifiedBundle> {
    this.asked += 1;
    return this.#source.next(known, signal);
  }
}
