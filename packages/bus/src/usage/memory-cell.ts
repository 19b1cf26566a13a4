import { type MessageUsage, measuredUsage } from '@charterbus/core-models';
import type { OperationCounts, UsageOperation, UsageRecord } from '@charterbus/metering';
import type { UsageTemplate } from './usage-of-leaf.js';

/** Equal records of one minute, added up. */
export interface Cell {
  readonly at: number;
  readonly template: UsageTemplate;
  count: number;
  bytes: number;
  inputTokens: number;
  outputTokens: number;
  costMicros: number;
}

/** A cell in which nothing is counted yet. */
export const emptyCell = (at: number, template: UsageTemplate): Cell => ({
  at,
  template,
  count: 0,
  bytes: 0,
  inputTokens: 0,
  outputTokens: 0,
  costMicros: 0,
});

export const addUsage = (cell: Cell, usage: MessageUsage): void => {
  const { inputTokens, outputTokens, costMicros } = measuredUsage(usage);
  cell.inputTokens += inputTokens;
  cell.outputTokens += outputTokens;
  cell.costMicros += costMicros;
};

const times = (operations: OperationCounts, count: number): OperationCounts =>
  count === 1
    ? operations
    : (Object.fromEntries(Object.entries(operations).map(([name, one]) => [name, one * count])) as Record<
        UsageOperation,
        number
      >);

export const recordOf = (index: number, { at, template, count, ...sums }: Cell): UsageRecord => {
  const { bytes, inputTokens, outputTokens, costMicros } = sums;
  return {
    ...template,
    index,
    at,
    operations: times(template.operations, count),
    ...(bytes > 0 ? { bytes } : {}),
    ...(inputTokens > 0 ? { inputTokens } : {}),
    ...(outputTokens > 0 ? { outputTokens } : {}),
    ...(costMicros > 0 ? { costMicros } : {}),
  };
};
