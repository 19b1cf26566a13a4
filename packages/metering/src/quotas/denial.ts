import type { QuotaClaim, QuotaLevel, QuotaLevels } from './quota-counters.js';
import type { QuotaDenial } from './quota-decision.js';

const namesWhere = ({ charges }: QuotaClaim, levels: QuotaLevels, fails: (level: QuotaLevel) => boolean): string[] =>
  charges.flatMap(({ limit }, place) => {
    const level = levels[place];
    // A charge without an answer is one that nobody has decided about.
    return level === undefined || fails(level) ? [limit.name] : [];
  });

/** Room comes when something that is counted drains; nobody knows when. */
const roomWaitMs = 1000;

/** @returns `undefined` where every charge fits. */
export const denialOf = (claim: QuotaClaim, levels: QuotaLevels): QuotaDenial | undefined => {
  if (levels.length === claim.charges.length && levels.every(fits)) return undefined;
  const usedUp = namesWhere(claim, levels, ({ waitMs }) => waitMs !== 0);
  const wait = levels.reduce((longest, { noRoom, waitMs }) => Math.max(longest, noRoom ? roomWaitMs : waitMs), 0);
  return {
    allowed: false,
    reason: usedUp.length > 0 ? 'used_up' : 'too_many_subjects',
    quotas: (usedUp.length > 0 ? usedUp : namesWhere(claim, levels, ({ noRoom }) => noRoom)).toSorted(),
    retryAfterMs: Number.isFinite(wait) ? wait : undefined,
  };
};

const fits = ({ noRoom, waitMs }: QuotaLevel): boolean => waitMs === 0 && !noRoom;
