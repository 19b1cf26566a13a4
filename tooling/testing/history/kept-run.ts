import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkHistory } from './check-history.js';
import type { HistoryEvent } from './events.js';
import { readHistory } from './read-history.js';

/** The most violations that are worth telling. */
const told = 20;

/** Where the histories and stores of failed runs go. */
export const keptRuns = (): string => process.env['CHARTERBUS_KEPT_RUNS'] ?? join(tmpdir(), 'charterbus-failed-runs');

/**
 * One run in a directory of its own, which is gone afterwards, unless the run failed or broke a promise: then it is kept,
 * and the error names it, with the seed by which the run can be had again.
 *
 * @returns what was recorded.
 */
export const runAndJudge = async (
  name: string,
  seed: number,
  body: (directory: string) => Promise<void>,
): Promise<readonly HistoryEvent[]> => {
  const directory = mkdtempSync(join(tmpdir(), `charterbus-${name}-`));
  try {
    await body(directory);
    const events = readHistory(directory);
    const violations = checkHistory(events);
    if (violations.length === 0) return events;
    throw new Error(
      violations
        .slice(0, told)
        .map(({ rule, text }) => `${rule}: ${text}`)
        .join('\n'),
    );
  } catch (cause) {
    const kept = join(keptRuns(), `${name}-${seed}`);
    mkdirSync(keptRuns(), { recursive: true });
    rmSync(kept, { recursive: true, force: true });
    cpSync(directory, kept, { recursive: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The run ${name} with the seed ${seed} failed; it is kept in ${kept}.\n${why}`, { cause });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
