import type { JsonValue } from '@charterbus/core-models';

/** Asked what a provider is asked; anything but a value of the declared type, in time, is a failure. */
export type ProviderFunction = (args: readonly JsonValue[], signal: AbortSignal) => unknown;
