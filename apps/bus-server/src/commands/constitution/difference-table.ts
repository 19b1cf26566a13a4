import type { Difference, Outcome } from '@charterbus/policy-client';
import Table from 'cli-table3';

/** By what it was decided: policies, else codes. */
const words = ({ effect, policies, reasons }: Outcome): string =>
  `${effect}: ${(policies.length > 0 ? policies : reasons).join(', ')}`;

/** Without colours: it is also piped into files. */
export const differenceTable = (differences: readonly Difference[]): string => {
  const drawn = new Table({
    head: ['before', 'after', 'messages'],
    colAligns: ['left', 'left', 'right'],
    style: { head: [], border: [], compact: true },
  });
  drawn.push(...differences.map(({ before, after, count }) => [words(before), words(after), String(count)]));
  return drawn.toString();
};
