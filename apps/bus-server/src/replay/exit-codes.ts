import type { ReplayReport } from './report/report-schema.js';

/** What `charterbus replay` ends with. Denials are what a replay is for: they are no failure. */
export const replayExitCodes = Object.freeze({ fine: 0, failed: 1, malformedLines: 2, interrupted: 130 });

export const exitCodeOf = ({ outcome, totals }: ReplayReport): number => {
  if (outcome === 'failed') return replayExitCodes.failed;
  if (outcome === 'interrupted') return replayExitCodes.interrupted;
  return totals.malformedLines > 0 ? replayExitCodes.malformedLines : replayExitCodes.fine;
};
