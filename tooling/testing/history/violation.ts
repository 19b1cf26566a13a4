/** Which promise was broken. */
export type Rule =
  | 'lost'
  | 'invented'
  | 'acknowledged is final'
  | 'one holder'
  | 'tokens grow'
  | 'order'
  | 'dedupe'
  | 'expired'
  | 'dead letter'
  | 'log'
  | 'nobody looked';

export interface Violation {
  readonly rule: Rule;
  readonly text: string;
}
