import type { HistoryEvent } from './events.js';
import { checkAcknowledged, checkHolders, checkTokens } from './leases.js';
import { checkDeadLetters, checkDedupe, checkExpired, checkLog, checkLost, checkOrder } from './messages.js';
import { Run } from './run.js';
import type { Violation } from './violation.js';

const rules = [
  checkLost,
  checkAcknowledged,
  checkHolders,
  checkTokens,
  checkOrder,
  checkDedupe,
  checkExpired,
  checkDeadLetters,
  checkLog,
];

/** A history that ends without a look at what is there proves nothing. */
const checkLook = (run: Run): readonly Violation[] =>
  run.of('log').length > 0 && run.of('found').length > 0
    ? []
    : [{ rule: 'nobody looked', text: 'the history ends without a look at the store' }];

/** Everything in which a run broke its promises; nothing, where it kept them. Pure. */
export const checkHistory = (events: readonly HistoryEvent[]): readonly Violation[] => {
  const run = new Run(events);
  return [...checkLook(run), ...rules.flatMap((check) => check(run))];
};
