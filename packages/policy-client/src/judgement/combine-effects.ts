import type { Effect } from '@charterbus/core-models';

/** Deny beats escalate beats allow. Nothing to combine is a deny: no verdict, no delivery. */
export const combineEffects = (combined: readonly Effect[]): Effect => {
  if (combined.length === 0 || combined.some((effect) => effect !== 'allow' && effect !== 'escalate')) return 'deny';
  return combined.includes('escalate') ? 'escalate' : 'allow';
};
