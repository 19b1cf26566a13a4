import type { EngineSnapshot } from './policy-engine.js';

/** An engine that decides nothing: what is left of a constitution that was revoked. */
export const nothingPasses: EngineSnapshot = Object.freeze({
  policies: Object.freeze([]),
  evaluate: () => {
    throw new TypeError('The constitution was revoked.');
  },
  close: () => Promise.resolve(),
});
