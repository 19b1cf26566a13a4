import type { UsageEvent, UsageRecord } from './usage-record.js';
import { usageOperations } from './vocabulary.js';

/**
 * The events of a record, one for each operation. Bytes, tokens and cost are with `agent_message` alone, or where there is none
 * with the first, so that whoever sums events counts them once.
 */
export const eventsOf = (source: string, record: UsageRecord): readonly UsageEvent[] => {
  const { bytes, costMicros, index, inputTokens, operations, outputTokens, ...rest } = record;
  const measures = definedOf({ bytes, inputTokens, outputTokens, costMicros });
  const done = usageOperations.filter((operation) => (operations[operation] ?? 0) > 0);
  const measured = done.includes('agent_message') ? 'agent_message' : done[0];
  return done.map((operation) => ({
    ...rest,
    ...(operation === measured ? measures : {}),
    id: `${source}/${index}/${operation}`,
    operation,
    quantity: operations[operation] ?? 0,
  }));
};

type Measures = Pick<UsageRecord, 'bytes' | 'inputTokens' | 'outputTokens' | 'costMicros'>;

const definedOf = (measures: { readonly [Name in keyof Measures]: number | undefined }): Measures =>
  Object.fromEntries(Object.entries(measures).filter(([, value]) => value !== undefined));
