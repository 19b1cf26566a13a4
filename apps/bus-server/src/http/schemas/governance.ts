import {
  durabilities,
  type ErrorCode,
  effects,
  errorCatalogue,
  messageTypes,
  priorities,
} from '@charterbus/core-models';
import { z } from 'zod';

const texts = z.array(z.string()).readonly();
const instant = z.iso.datetime();
const codes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];

export const policySourceSchema = z.strictObject({ policy: z.string(), file: z.string(), line: z.int() }).readonly();

const factSchema = z.union([
  z.strictObject({ name: z.string(), redacted: z.literal(true) }).readonly(),
  z.strictObject({ name: z.string(), value: z.unknown().describe('Any JSON.') }).readonly(),
]);

export const factsRecordSchema = z
  .strictObject({
    action: z.string().describe('What the policies were asked about: `send`, `receive` or the name of a tool.'),
    digest: z.string().optional().describe('SHA-256 over all facts that the policies got; for operators.'),
    read: z.array(factSchema).readonly().describe('What the determining policies read.'),
    wanting: texts.optional().describe('The facts that were wanting, for the cause `facts`.'),
    slots: z
      .record(z.string(), z.string())
      .readonly()
      .optional()
      .describe('The version of each data slot that was read.'),
  })
  .readonly();

const path = z.string().describe('A JSON Pointer into the content.');

const obligationSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('remove'), path }),
    z.strictObject({ kind: z.literal('replace'), path, value: z.unknown().describe('Any JSON.') }),
    z.strictObject({ kind: z.literal('mask'), path, keep: z.int().describe('The last characters that stay.') }),
    z.strictObject({ kind: z.literal('annotate'), header: z.string(), value: z.string() }),
  ])
  .readonly();

export const obligationsSchema = z.array(obligationSchema).readonly();

export const verdictSchema = z
  .strictObject({
    point: z.enum(['send', 'receive']),
    effect: z.enum(effects),
    cause: z.enum(['policy', 'default', 'error', 'timeout', 'facts', 'screen', 'routing', 'halt', 'quota', 'hold']),
    code: z.enum(codes).optional().describe('Of a denial.'),
    reasons: texts,
    policies: texts.describe('The determining policies.'),
    escalations: z.array(z.strictObject({ policy: z.string(), policyDigest: z.string(), name: z.string() })).readonly(),
    approved: texts,
    obligations: obligationsSchema.optional().describe('What is changed of the message at delivery.'),
    obligationsAtSend: obligationsSchema.optional().describe('At `receive`: those of the verdict at `send`.'),
    variant: z.string().optional().describe('The variant of the constitution that judged.'),
    sources: z.array(policySourceSchema).readonly().optional().describe('Where the determining policies stand.'),
    facts: factsRecordSchema.optional().describe('What the verdict knew besides the message.'),
    binds: z
      .strictObject({
        messageDigest: z.string().describe('SHA-256 of the bytes as sent; for the recipient, as delivered.'),
        deliveredDigest: z.string().optional().describe('SHA-256 of the bytes that the recipient gets.'),
        recipient: z.string().optional(),
        recipientRevision: z.string().optional(),
        recipientClass: z
          .string()
          .optional()
          .describe(
            'Of several recipients whom the policies cannot tell apart: SHA-256 over what they can read of them.',
          ),
        constitutionDigest: z.string(),
        dataVersion: z.string(),
      })
      .describe('What the verdict is about.'),
    at: instant,
  })
  .readonly();

export const recipientCountsSchema = z.strictObject({ allowed: z.int(), held: z.int(), denied: z.int() }).readonly();

export const receiptSchema = z
  .strictObject({
    messageId: z.string(),
    status: z.enum(['accepted', 'held']),
    verdicts: z.array(verdictSchema).readonly(),
    constitutionalHash: z.string().describe('The short hash of the constitution that judged.'),
    durability: z.enum(durabilities).describe('What the message survives from now on.'),
    leafIndex: z.int().describe('The place of the admission in the audit log.'),
    recipients: recipientCountsSchema.optional(),
    duplicate: z.literal(true).optional().describe('This answers a repeated send: the receipt of the first.'),
  })
  .readonly();

const addressSchema = z.union([
  z.strictObject({ tenant: z.string(), agent: z.string() }).readonly(),
  z.strictObject({ tenant: z.string(), everyone: z.literal(true) }).readonly(),
  z.strictObject({ tenant: z.string(), topic: z.string() }).readonly(),
  z.strictObject({ tenant: z.string(), capability: z.string() }).readonly(),
]);

export const messageSchema = z
  .strictObject({
    id: z.string(),
    tenant: z.string(),
    from: z.string(),
    to: addressSchema,
    type: z.enum(messageTypes),
    priority: z.enum(priorities),
    conversationId: z.string().optional(),
    inReplyTo: z.string().optional(),
    constitutionalHash: z.string().optional(),
    createdAt: instant,
    expiresAt: instant.optional(),
    deliverAt: instant.optional().describe('Not before this moment.'),
    orderingKey: z.string().optional().describe('Of one key, one at a time and in their order.'),
    retry: z.strictObject({ attempts: z.int().optional(), backoffMs: z.int().optional() }).readonly().optional(),
    headers: z.record(z.string(), z.string()).readonly().optional(),
    usage: z
      .strictObject({
        inputTokens: z.int().optional(),
        outputTokens: z.int().optional(),
        cost: z.number().optional().describe('In the one currency of the deployment.'),
      })
      .readonly()
      .optional()
      .describe('What the sender states for metering and budgets.'),
    content: z.unknown().describe('Any JSON.'),
    signature: z.string().optional().describe("The sender's own: a detached JWS."),
  })
  .readonly();

export const deliverySchema = z
  .strictObject({
    id: z.string(),
    fencingToken: z.int().describe('State it to settle the delivery.'),
    attempt: z.int(),
    leaseExpiresAt: instant,
    message: messageSchema,
    verdict: verdictSchema,
  })
  .readonly();
