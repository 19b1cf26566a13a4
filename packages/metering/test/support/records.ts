import { messageTypes } from '@charterbus/core-models';
import fc from 'fast-check';
import {
  type UsageOperation,
  type UsageRecord,
  type UsageTotal,
  usageOperations,
  usageOutcomes,
  usageTiers,
} from '../../src/index.js';

/** A record of an accepted message, but for what a test says. */
export const recordOf = (parts: Partial<Omit<UsageRecord, 'index'>> = {}): Omit<UsageRecord, 'index'> => ({
  at: Date.UTC(2026, 0, 1),
  tenant: 'acme',
  agent: 'alice',
  type: 'command',
  tier: 'standard',
  outcome: 'allow',
  operations: { agent_message: 1, policy_evaluation: 2 },
  ...parts,
});

const count = fc.integer({ min: 0, max: 3 });

/** Records that share many of their dimensions, within two days. */
export const anyRecord: fc.Arbitrary<Omit<UsageRecord, 'index'>> = fc
  .record({
    at: fc.integer({ min: Date.UTC(2026, 0, 31, 22), max: Date.UTC(2026, 1, 2) }),
    tenant: fc.constantFrom('acme', 'umbra'),
    agent: fc.constantFrom('alice', 'bob', 'carol'),
    type: fc.constantFrom(undefined, ...messageTypes.slice(0, 2)),
    tool: fc.constantFrom(undefined, 'refund'),
    tier: fc.constantFrom(...usageTiers),
    outcome: fc.constantFrom(...usageOutcomes.slice(0, 3)),
    operations: fc.record({ agent_message: count, audit_write: count }, { requiredKeys: [] }),
    bytes: fc.constantFrom(undefined, 10, 1000),
    costMicros: fc.constantFrom(undefined, 1, 2_500_000),
  })
  .map(({ bytes, costMicros, tool, type, ...record }) => ({
    ...record,
    ...(type === undefined ? {} : { type }),
    ...(tool === undefined ? {} : { tool }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(costMicros === undefined ? {} : { costMicros }),
  }));

/** How often each operation was done, and the rest: the plain sum. */
export const plainSum = (records: Iterable<Omit<UsageRecord, 'index'>>) => {
  const sum = { bytes: 0, costMicros: 0, operations: new Map<UsageOperation, number>() };
  for (const { bytes = 0, costMicros = 0, operations } of records) {
    sum.bytes += bytes;
    sum.costMicros += costMicros;
    for (const operation of usageOperations) add(sum.operations, operation, operations[operation] ?? 0);
  }
  return sum;
};

const add = (sums: Map<UsageOperation, number>, operation: UsageOperation, quantity: number): void => {
  if (quantity > 0) sums.set(operation, (sums.get(operation) ?? 0) + quantity);
};

/** The same of totals by operation. */
export const sumOf = (totals: Iterable<UsageTotal>): ReturnType<typeof plainSum> => {
  const sum = { bytes: 0, costMicros: 0, operations: new Map<UsageOperation, number>() };
  for (const { bytes, costMicros, operation, quantity } of totals) {
    sum.bytes += bytes;
    sum.costMicros += costMicros;
    if (operation !== undefined) add(sum.operations, operation, quantity);
  }
  return sum;
};
