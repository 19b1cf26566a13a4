import type { Outcome } from '@charterbus/policy-client';
import Table from 'cli-table3';

/** The part of an obligation that is told, without values. */
type Change =
  | { readonly kind: 'annotate'; readonly header: string }
  | { readonly kind: 'remove' | 'replace' | 'mask'; readonly path: string };

/** As it is here, or as a server tells it. */
interface Told extends Pick<Outcome, 'effect' | 'policies' | 'reasons'> {
  readonly obligations?: readonly Change[] | undefined;
}

interface ToldDifference {
  readonly before: Told;
  readonly after: Told;
  readonly count: number;
}

const changes = (obligations: readonly Change[]): string =>
  obligations.map((each) => `${each.kind} ${each.kind === 'annotate' ? each.header : each.path}`).join(', ');

/** By what it was decided, policies or else codes, and what is changed of the message. */
const words = ({ effect, policies, reasons, obligations }: Told): string =>
  `${effect}: ${(policies.length > 0 ? policies : reasons).join(', ')}${obligations === undefined ? '' : `; ${changes(obligations)}`}`;

/** Without colours: it is also piped into files. */
export const differenceTable = (differences: readonly ToldDifference[]): string => {
  const drawn = new Table({
    head: ['before', 'after', 'messages'],
    colAligns: ['left', 'left', 'right'],
    style: { head: [], border: [], compact: true },
  });
  drawn.push(...differences.map(({ before, after, count }) => [words(before), words(after), String(count)]));
  return drawn.toString();
};
