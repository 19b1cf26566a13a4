import type { Digest } from '@charterbus/core-models';
import type { ProviderClient } from '../providers/provider-client.js';

export interface TableRows {
  /** Loaded rows by key. */
  readonly rows: ReadonlyMap<string, object>;
  /** The external data slot that they come from. */
  readonly slot?: string;
}

/** What facts are worked out from, besides the message and its conversation. */
export interface World {
  readonly tables: ReadonlyMap<string, TableRows>;
  /** Versions of external data slots. */
  readonly slots: Readonly<Record<string, Digest>>;
  readonly providers: ReadonlyMap<string, ProviderClient>;
}
