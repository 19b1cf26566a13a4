import type { Durability } from '@charterbus/core-models';
import type { Namespace } from '../namespace.js';
import type { Store } from '../store.js';
import type { CommitLimits } from '../writer/commit-limits.js';

/** The part of vitest, jest or `node:test` that the suite needs. */
export interface ConformanceRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
}

/** Opens an empty store. The suite closes it. */
export type StoreFactory = (options: {
  readonly namespaces: readonly Namespace[];
  readonly limits?: CommitLimits;
}) => Promise<Store>;

export interface StoreCapabilities {
  readonly durability: Durability;
}
