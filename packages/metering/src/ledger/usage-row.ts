import { type UsageOperation, type UsageOutcome, type UsageTier, usageOperations } from '../usage/vocabulary.js';

/** What rows of one bucket are told apart by, but for their tenant. Where there is no type or tool: the empty text. */
export interface RowDimensions {
  readonly agent: string;
  readonly type: string;
  readonly tool: string;
  readonly tier: UsageTier;
  readonly outcome: UsageOutcome;
}

/** Sums, in this order: each operation as in `usageOperations`, bytes, input tokens, output tokens, cost in millionths. */
export type Sums = number[];

export const bytesPlace = usageOperations.length;
export const inputTokensPlace = bytesPlace + 1;
export const outputTokensPlace = bytesPlace + 2;
export const costPlace = bytesPlace + 3;
const sumsLength = bytesPlace + 4;

const places = new Map<UsageOperation, number>(usageOperations.map((operation, place) => [operation, place]));

export const placeOf = (operation: UsageOperation): number => places.get(operation) ?? 0;

export const noSums = (): Sums => Array.from({ length: sumsLength }, () => 0);

/** Sums stay at the largest number that is exact: what is beyond it nobody could read back. */
export const mostSum = Number.MAX_SAFE_INTEGER;

export const addSums = (sums: Sums, more: readonly number[]): void => {
  for (let place = 0; place < sumsLength; place += 1) {
    sums[place] = Math.min((sums[place] ?? 0) + (more[place] ?? 0), mostSum);
  }
};

/** One row of a ledger. */
export interface UsageRow extends RowDimensions {
  /** The beginning of its bucket. */
  readonly at: number;
  readonly tenant: string;
  readonly sums: Sums;
}

/** Unambiguous: none of the parts can hold a line break. */
export const dimensionsKey = ({ agent, outcome, tier, tool, type }: RowDimensions): string =>
  `${agent}\n${type}\n${tool}\n${tier}\n${outcome}`;

/** What the agent and the tool are called where a tenant has more of them in one bucket than are told apart. */
export const overflowName = '*';

/** Where the rest of a tenant and bucket is counted: types, tiers and outcomes are few, and are still told apart. */
export const overflowOf = (dimensions: RowDimensions): RowDimensions => ({
  ...dimensions,
  agent: overflowName,
  tool: overflowName,
});
