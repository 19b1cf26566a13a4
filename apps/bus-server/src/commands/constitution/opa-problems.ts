import type { ConstitutionProblem } from '@charterbus/policy-client';

const placePattern = /^(?:\d+ errors? occurred:? ?)?(\S+\.rego):(\d+): (.+)$/;

/** OPA shows the line below its message, after a tab, and below that a caret. */
const columnBelow = (lines: readonly string[]): { readonly column?: number } => {
  const end = lines.findIndex((line, index) => index > 0 && placePattern.test(line.trim()));
  const caret = lines.slice(1, end === -1 ? undefined : end).find((line) => /^\t *\^/.test(line));
  return caret === undefined ? {} : { column: caret.indexOf('^') };
};

/** What OPA's compiler complains of, where an editor can find it. Empty where it names no place. */
export const opaProblems = (said: string): readonly ConstitutionProblem[] => {
  const lines = said.split('\n').map((line) => line.replace(/^error: (?:load error: )?/, ''));
  return lines.flatMap((line, index) => {
    const [, file, number, message] = placePattern.exec(line.trim()) ?? [];
    if (file === undefined || number === undefined || message === undefined) return [];
    return [{ file, line: Number(number), ...columnBelow(lines.slice(index)), message }];
  });
};
