import { z } from 'zod';
import { identifierSchema, labelSchema } from '../identifiers.js';
import { messageUsageSchema } from './message-usage.js';
import { topicSchema } from './subject.js';
import { messageTypes, priorities } from './vocabulary.js';

/** One agent, by default of the sender's tenant. */
export const agentAddressSchema = z.strictObject({ agent: identifierSchema, tenant: identifierSchema.optional() });
/** Every other agent of the sender's tenant. */
export const everyoneAddressSchema = z.strictObject({ everyone: z.literal(true) });
/** Whoever is subscribed to the topic, by default in the sender's tenant: each agent, and one of each queue group. */
export const topicAddressSchema = z.strictObject({ topic: topicSchema, tenant: identifierSchema.optional() });

/** One agent that has the capability and is there, by default of the sender's tenant; the bus chooses. */
export const capabilityAddressSchema = z.strictObject({
  capability: labelSchema,
  tenant: identifierSchema.optional(),
});

const isTopicAddress = (to: unknown): boolean => typeof to === 'object' && to !== null && 'topic' in to;

export const addressSchema = z.union(
  [agentAddressSchema, everyoneAddressSchema, topicAddressSchema, capabilityAddressSchema],
  {
    error: ({ input }) =>
      isTopicAddress(input)
        ? 'must be { topic, tenant? }, the topic 1 to 16 tokens of letters, digits, _ or - with dots between them'
        : 'must be { agent, tenant? }, { topic, tenant? }, { capability, tenant? } or { everyone: true }',
  },
);

/** A reference that a caller chose or was given: a conversation, a message, a dedupe key. */
export const referenceSchema = z
  .string()
  .min(1)
  .max(256)
  .refine((text) => text.isWellFormed(), 'has a lone surrogate');

/** As stated, whatever it is: what is not the hash in force is a mismatch, and is told so. */
const attestationSchema = z
  .string()
  .max(64)
  .refine((text) => text.isWellFormed(), 'has a lone surrogate');

const headerNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'is not a header name');
const headerValueSchema = z.string().refine((text) => text.isWellFormed(), 'has a lone surrogate');

/** The last millisecond that RFC 3339 can write: its years have four digits. */
const lastInstant = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const isInstant = (milliseconds: number): boolean => milliseconds >= 0 && milliseconds <= lastInstant;

/** From 1970 to 9999: RFC 3339 with offset, or milliseconds since the epoch. */
export const instantSchema = z.union([
  z.iso.datetime({ offset: true }).refine((text) => isInstant(Date.parse(text)), 'is not from 1970 to 9999'),
  z.number().int().nonnegative().max(lastInstant),
]);

/** 30 days. */
const longestDelayMs = 30 * 86_400_000;

/** What a message states about being tried again, in place of what the bus would do. */
const retrySchema = z.strictObject({
  /** Attempts before it becomes a dead letter. */
  attempts: z.number().int().min(1).max(100).optional(),
  /** The delay before the second attempt, in milliseconds; doubles with each further one. */
  backoffMs: z.number().int().nonnegative().max(3_600_000).optional(),
});

/**
 * What a sender hands in. The content is checked and copied apart from this schema (`freezeJson`), since its limits
 * come from the constitution.
 */
export const messageDraftSchema = z.strictObject({
  to: addressSchema,
  type: z.enum(messageTypes),
  content: z.unknown(),
  /** The attestation: the short hash of the constitution that the sender works under. */
  constitutionalHash: attestationSchema.optional(),
  priority: z.enum(priorities).optional(),
  conversationId: referenceSchema.optional(),
  inReplyTo: referenceSchema.optional(),
  dedupeKey: referenceSchema.optional(),
  expiresAt: instantSchema.optional(),
  /** Not before this moment. */
  deliverAt: instantSchema.optional(),
  /** Not before so many milliseconds from its acceptance, at most 30 days; in the place of `deliverAt`. */
  delayMs: z.number().int().nonnegative().max(longestDelayMs).optional(),
  /** Messages of one key reach one recipient one at a time, in their order. */
  orderingKey: referenceSchema.optional(),
  retry: retrySchema.optional(),
  headers: z.record(headerNameSchema, headerValueSchema).optional(),
  usage: messageUsageSchema.optional(),
  /** With several recipients: deny all when one is denied. */
  atomic: z.boolean().optional(),
  /** A detached JWS (RFC 7515, appendix F) by the sender's key: see `signMessage`. */
  signature: z
    .string()
    .max(2048)
    .regex(/^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$/, 'must be a detached JWS')
    .optional(),
  /** Stamped by the bus. May be stated only if it is the sender's own. */
  from: z.string().max(256).optional(),
  /** Stamped by the bus. May be stated only if it is the sender's own. */
  tenant: z.string().max(256).optional(),
});

/** A draft as a caller writes it. */
export type MessageDraft = z.input<typeof messageDraftSchema>;
export type ParsedMessageDraft = z.output<typeof messageDraftSchema>;
