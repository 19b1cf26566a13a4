import { durabilities, effects, messageTypes } from '@charterbus/core-models';
import { z } from 'zod';
import { factsRecordSchema, policySourceSchema } from '../../http/schemas/governance.js';

const count = z.int().nonnegative();
const counts = { sent: count, allowed: count, denied: count, escalated: count };
const label = z.union([z.string(), z.number()]);
const milliseconds = z.number().nonnegative();
const place = {
  task_id: label.describe('As recorded, else the number of the line.'),
  trial: label.describe('As recorded, else the number of the line.'),
  message: count.describe("The index in the conversation's `messages`."),
  call: z.string().describe('The recorded id; it may repeat within a conversation.'),
};

const callSchema = z.strictObject({
  ...place,
  tool: z.string(),
  verdict: z.enum(effects),
  reasons: z.array(z.string()).readonly(),
  policies: z.array(z.string()).readonly(),
  sources: z
    .array(policySourceSchema)
    .readonly()
    .exactOptional()
    .describe('Where the determining policies stand; of calls that were not allowed.'),
  facts: factsRecordSchema
    .exactOptional()
    .describe('What the verdict knew besides the message; of calls that were not allowed.'),
});

const stoppedCallSchema = z.strictObject({
  ...place,
  tool: z.string(),
  arguments: z.unknown().describe('Where their JSON text is longer than 4,000 characters, its beginning.'),
  facts: factsRecordSchema.exactOptional(),
  excerpt: z
    .array(z.strictObject({ message: count, role: z.enum(['customer', 'agent']), text: z.string() }))
    .readonly()
    .describe('What was said last before the call: at most four utterances of at most 400 characters.'),
});

const stoppedRuleSchema = z.strictObject({
  rule: z.string().describe('The reason: the id of a policy, else a code.'),
  verdict: z.enum(['deny', 'escalate']),
  description: z.string().exactOptional().describe("The policy's `@description`, else what the code means."),
  file: z.string().exactOptional(),
  line: count.exactOptional(),
  count: count.describe('All calls that it stopped.'),
  calls: z.array(stoppedCallSchema).readonly().describe('The first 25 of them, in the order of the trace.'),
});

const totalsSchema = z.strictObject({
  messages: z
    .strictObject({ ...counts, delivered: count, unknown: count })
    .describe(
      '`sent` is `allowed` + `denied` + `escalated` + `unknown`; `delivered` of the allowed were acknowledged.',
    ),
  conversations: z.strictObject({ completed: count, cut: count }),
  calls: z.strictObject(counts),
  byType: z.array(z.strictObject({ type: z.enum(messageTypes), ...counts })).readonly(),
  byTool: z
    .array(z.strictObject({ tool: z.string(), ...counts }))
    .readonly()
    .describe('Calls.'),
  byReason: z.array(z.strictObject({ verdict: z.enum(effects), reason: z.string(), messages: count })).readonly(),
  skipped: z
    .strictObject({ instruction: count, empty: count, unpaired: count })
    .describe('Recorded messages that are not sent.'),
  malformedLines: count,
});

const timingsSchema = z.strictObject({
  durationMs: milliseconds,
  messagesPerSecond: milliseconds,
  receiptMs: z
    .strictObject({ p50: milliseconds, p90: milliseconds, p99: milliseconds, max: milliseconds })
    .optional()
    .describe('From a send to its receipt or denial.'),
});

/** What `charterbus replay --report` writes. The same for the same trace and constitution, but for `timings`. */
export const replayReportSchema = z.strictObject({
  format: z.literal('charterbus.replay-report/1'),
  outcome: z.enum(['complete', 'interrupted', 'failed']),
  problems: z.array(z.string()).readonly().describe('What went wrong or does not add up; empty when all is well.'),
  constitution: z
    .strictObject({ name: z.string(), revision: z.int(), hash: z.string(), shortHash: z.string() })
    .optional()
    .describe('Absent when the replay failed before it knew.'),
  target: z.enum(['embedded', 'server']),
  trace: z.string().describe('The name of the file.'),
  durability: z.array(z.enum(durabilities)).readonly().describe('What the receipts promised.'),
  conversations: count,
  messages: count.describe('Sent.'),
  calls: z.array(callSchema).readonly().describe('All tool calls, in the order of the trace.'),
  stopped: z
    .array(stoppedRuleSchema)
    .readonly()
    .describe(
      'What was denied or escalated, by rule, the one that stops most first. A call that several rules stop is in each.',
    ),
  keptArguments: z
    .array(z.strictObject({ ...place, reason: z.string() }))
    .readonly()
    .describe('Calls whose arguments were sent as the recorded text.'),
  malformed: z
    .array(z.strictObject({ line: count, reason: z.string() }))
    .readonly()
    .describe('The first 1,000.'),
  totals: totalsSchema,
  timings: timingsSchema,
});
export type ReplayReport = z.output<typeof replayReportSchema>;
export type StoppedRuleReport = ReplayReport['stopped'][number];
export type StoppedCallReport = StoppedRuleReport['calls'][number];
