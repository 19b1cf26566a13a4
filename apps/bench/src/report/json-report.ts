import type { MeasuredRatio, MeasuredSuite } from '../harness/run-suite.js';
import type { Target } from '../statistics/conclude.js';
import { type Environment, type Report, reportSchema } from './report-schema.js';

const bound = (target: Target): number => ('atLeast' in target ? target.atLeast : target.atMost);

const ratioOf = ({ name, interval, target, conclusion }: MeasuredRatio): Report['suites'][number]['ratios'][number] => {
  if (target === undefined) return { name, value: interval.median, target: null, pass: null };
  const pass = conclusion === 'inconclusive' ? null : conclusion === 'pass';
  const direction = 'atLeast' in target ? 'at least' : 'at most';
  return { name: `${name} (${direction})`, value: interval.median, target: bound(target), pass };
};

/** The report for programs, held to its schema. */
export const jsonReport = (environment: Environment, suites: readonly MeasuredSuite[]): Report =>
  reportSchema.parse({
    environment,
    suites: suites.map(({ name, rows, ratios }) => ({
      name,
      rows: rows.map((row) => ({ name: row.name, kind: row.kind, ...row.figures })),
      ratios: ratios.map(ratioOf),
    })),
  });
