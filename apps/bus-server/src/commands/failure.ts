import { CharterbusError, type ErrorCode } from '@charterbus/core-models';
import type { ConstitutionProblem } from '@charterbus/policy-client';

/** What the process ends with. */
export const exitCodes = Object.freeze({
  done: 0,
  unexpected: 1,
  configuration: 2,
  dataDirectory: 3,
  constitution: 4,
  listen: 5,
  impatient: 130,
});

/** A failure as a person at a terminal gets it. */
export interface Failure {
  /** One sentence, or one and a line for each problem of a constitution. Never a stack. */
  readonly lines: readonly string[];
  readonly exitCode: number;
}

const dataDirectoryCodes: ReadonlySet<ErrorCode> = new Set([
  'STORE_UNAVAILABLE',
  'STORE_WRITE_REFUSED',
  'STORE_LOCKED',
  'STORE_VERSION_UNSUPPORTED',
  'STORE_CORRUPT',
]);

const lineOf = ({ file, line, column, message }: ConstitutionProblem): string => {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `  ${place}: ${message}`;
};

/** The libraries tell no paths of the machine; whoever is at the terminal named this one. */
const unreadableLine = ({ cause }: CharterbusError): string | undefined =>
  cause instanceof Error && 'path' in cause && 'code' in cause
    ? `The constitution cannot be read: ${String(cause.path)} (${String(cause.code)}).`
    : undefined;

const constitutionLines = (error: CharterbusError): readonly string[] => {
  const unreadable = unreadableLine(error);
  if (unreadable !== undefined) return [unreadable];
  const problems = error.details['problems'] as readonly ConstitutionProblem[];
  const count = Number(error.details['problemCount'] ?? problems.length);
  const what = error.code === 'CONSTITUTION_TESTS_FAILED' ? 'fails its own tests' : 'does not validate';
  const more = count > problems.length ? [`  … and ${count - problems.length} more`] : [];
  return [`The constitution ${what}:`, ...problems.map(lineOf), ...more];
};

const exitCodeOf = (error: CharterbusError): number => {
  const aboutDirectory = dataDirectoryCodes.has(error.code) || error.details['dataDirectory'] !== undefined;
  if (aboutDirectory) return exitCodes.dataDirectory;
  if (error.code.startsWith('BUNDLE_')) return exitCodes.constitution;
  if (error.details['listen'] !== undefined) return exitCodes.listen;
  return exitCodes.configuration;
};

/** What is no error of ours is unexpected, and then its stack is what helps. */
export const explainFailure = (thrown: unknown): Failure => {
  if (!CharterbusError.isInstance(thrown)) {
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { lines: [`Unexpected: ${text}`], exitCode: exitCodes.unexpected };
  }
  if (Array.isArray(thrown.details['problems'])) {
    return { lines: constitutionLines(thrown), exitCode: exitCodes.constitution };
  }
  return { lines: [thrown.message.replaceAll('\n', ' ')], exitCode: exitCodeOf(thrown) };
};
