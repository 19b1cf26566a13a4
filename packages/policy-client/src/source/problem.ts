import { ConstitutionalError } from '@charterbus/core-models';

/** One thing that is wrong with a constitution, where an editor can find it. */
export interface ConstitutionProblem {
  /** Path inside the constitution, with forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  /** From 1, in characters. */
  readonly column?: number;
  readonly message: string;
}

/** Problems beyond this number are counted, not listed. */
const listed = 100;

const place = ({ file, line, column }: ConstitutionProblem): string =>
  line === undefined ? file : `${file}:${line}${column === undefined ? '' : `:${column}`}`;

/**
 * The error of a constitution that cannot be in force: one sentence about the first problem, all of them in
 * `details.problems`.
 */
export const constitutionError = (
  code: 'CONSTITUTION_INVALID' | 'CONSTITUTION_TESTS_FAILED',
  problems: readonly ConstitutionProblem[],
  cause?: unknown,
): ConstitutionalError => {
  const [first] = problems;
  const lead =
    code === 'CONSTITUTION_INVALID' ? 'The constitution does not validate' : 'The constitution fails its tests';
  const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const message = first === undefined ? `${lead}.` : `${lead}: ${place(first)}: ${first.message}${rest}`;
  return new ConstitutionalError(code, message, {
    details: { problems: problems.slice(0, listed), problemCount: problems.length },
    ...(cause === undefined ? {} : { cause }),
  });
};
