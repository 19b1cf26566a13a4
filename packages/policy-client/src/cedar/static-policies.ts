import type { CedarPolicy } from './read-policies.js';

/** The policies under their own ids, so that Cedar's answers name them without a translation. */
export const staticPolicies = (policies: readonly CedarPolicy[]) => ({
  staticPolicies: Object.fromEntries(policies.map((policy) => [policy.id, policy.place.text])),
});
