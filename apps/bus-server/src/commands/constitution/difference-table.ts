import type { Difference, Outcome } from '@charterbus/policy-client';
import Table from 'cli-table3';

type Obligations = NonNullable<Outcome['obligations']>;

const changes = (obligations: Obligations): string =>
  obligations.map((each) => `${each.kind} ${each.kind === 'annotate' ? each.header : each.path}`).join(', ');

/** By what it was decided, policies or else codes, and what is changed of the message. */
const words = ({ effect, policies, reasons, obligations }: Outcome): string =>
  `${effect}: ${(policies.length > 0 ? policies : reasons).join(', ')}${obligations === undefined ? '' : `; ${changes(obligations)}`}`;

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
