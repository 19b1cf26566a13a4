/** Tokens of an agent that are in force at a time. */
export const mostTokens = 16;
/** Sessions of an agent that are in force at a time. */
export const mostSessions = 8;
/** Proofs of an agent within the life of a challenge. */
export const mostProofs = 64;
export const mostScopes = 32;
export const longestOverlapMs = 30 * 86_400_000;
export const longestReason = 1000;
