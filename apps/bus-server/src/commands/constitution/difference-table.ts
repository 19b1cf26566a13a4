import type { DeliveryObligation } from '@charterbus/core-models';
import type { Outcome } from '@charterbus/policy-client';
import Table from 'cli-table3';

/** As a server tells it: the value of a replacement is any JSON. */
type Obligations = readonly (
  | Exclude<DeliveryObligation, { readonly kind: 'replace' }>
  | { readonly kind: 'replace'; readonly path: string; readonly value: unknown }
)[];

type Told = Omit<Outcome, 'obligations'> & { readonly obligations?: Obligations | undefined };

interface Difference {
  readonly before: Told;
  readonly after: Told;
  readonly count: number;
}

const changes = (obligations: Obligations): string =>
  obligations.map((each) => `${each.kind} ${each.kind === 'annotate' ? each.header : each.path}`).join(', ');

/** By what it was decided, policies or else codes, and what is changed of the message. */
const words = ({ effect, policies, reasons, obligations }: Told): string =>
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
