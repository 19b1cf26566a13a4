import { messageStatuses } from '@charterbus/core-models';
import { z } from 'zod';
import { messageSchema, recipientCountsSchema, verdictSchema } from './governance.js';

const instant = z.iso.datetime();
const entryState = z.enum(['held', 'queued', 'leased', 'delivered', 'dead', 'refused', 'dropped']);
const historyKinds = [
  'held',
  'released',
  'refused',
  'granted',
  'returned',
  'passed',
  'delivered',
  'retried',
  'lease-expired',
  'dead-lettered',
  'redriven',
  'dropped',
  'judged-again',
] as const;

export const statusSchema = z.enum(messageStatuses);
const referenceSchema = z
  .union([
    z.strictObject({ tenant: z.string(), agent: z.string() }).readonly(),
    z.strictObject({ tenant: z.string(), group: z.string() }).readonly(),
    z.strictObject({ tenant: z.string(), capability: z.string() }).readonly(),
  ])
  .describe('An agent, a queue group, or all who have a capability.');

const deliveryTraceSchema = z
  .strictObject({
    id: z.string(),
    recipient: referenceSchema,
    state: entryState,
    attempts: z.int(),
    reason: z.string().optional(),
    verdict: verdictSchema,
    history: z
      .array(
        z
          .strictObject({
            at: instant,
            kind: z.enum(historyKinds),
            attempt: z.int().optional(),
            holder: z.string().optional().describe('Of a queue group: `tenant/agent` of the member.'),
            reason: z.string().optional(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();

/** The whole way of a message, as far as who asks may see it. */
export const traceSchema = z
  .strictObject({
    message: messageSchema,
    digest: z.string().describe('SHA-256 of the stored bytes.'),
    status: statusSchema,
    createdAt: instant,
    settledAt: instant.optional(),
    verdicts: z.array(verdictSchema).readonly(),
    recipients: recipientCountsSchema,
    deliveries: z.array(deliveryTraceSchema).readonly(),
    leaves: z
      .array(z.strictObject({ index: z.int(), leaf: z.unknown().optional() }).readonly())
      .readonly()
      .describe('Places in the audit log; the leaves themselves for operators.'),
  })
  .readonly();

export const messageSummarySchema = z
  .strictObject({ id: z.string(), tenant: z.string(), from: z.string(), status: statusSchema, createdAt: instant })
  .readonly();

export const deadLetterSchema = z
  .strictObject({
    id: z.string().describe("The delivery's id: what is redriven."),
    messageId: z.string(),
    recipient: referenceSchema,
    reason: z.string(),
    attempts: z.int(),
    deadAt: instant,
  })
  .readonly();

export const decisionSchema = z
  .strictObject({
    messageId: z.string(),
    deliveries: z
      .array(z.strictObject({ id: z.string(), state: entryState, reason: z.string().optional() }).readonly())
      .readonly(),
  })
  .readonly();
