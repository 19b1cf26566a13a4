import { z } from 'zod';
import { identifierSchema } from '../identifiers.js';
import { messageTypes } from '../message/vocabulary.js';

/** A list that names nothing would apply to nothing, which nobody writes down on purpose. */
const empty = 'must name at least one, or be left out, which means all';

const toolSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must be the name of a tool');

/** Whose messages it is about. All that are stated must fit; what is left out means all. */
const matchSchema = z.strictObject({
  /** Tenants of senders. */
  tenants: z.array(identifierSchema).min(1, empty).max(256).optional(),
  /** Ids of senders. */
  agents: z.array(identifierSchema).min(1, empty).max(256).optional(),
  types: z.array(z.enum(messageTypes)).min(1, empty).max(messageTypes.length).optional(),
  /** Tools of `facts.tools` that are called. */
  tools: z.array(toolSchema).min(1, empty).max(256).optional(),
});

/**
 * What counts together: all messages of a tenant, those of one agent, those of one type or calls of one tool of one agent, or of
 * all agents of a tenant together.
 */
export const quotaSubjects = ['tenant', 'agent', 'agent-type', 'agent-tool', 'tenant-type', 'tenant-tool'] as const;
export type QuotaSubject = (typeof quotaSubjects)[number];

/** By the calendar, in UTC; weeks begin on Monday. */
export const quotaPeriods = ['minute', 'hour', 'day', 'week', 'month'] as const;
export type QuotaPeriod = (typeof quotaPeriods)[number];

/** What a budget counts: messages that were accepted, bytes of their contents, or what their senders state. */
export const quotaMeasures = ['messages', 'bytes', 'tokens', 'cost'] as const;
export type QuotaMeasure = (typeof quotaMeasures)[number];

const common = {
  /** Default: each agent for itself. */
  per: z.enum(quotaSubjects).default('agent'),
  match: matchSchema.prefault({}),
  /** From this share of the limit on, it is said that it is nearly used up. Absent: never. */
  warn: z.number().positive().max(1).optional(),
};

const most = 1_000_000_000_000;

/** So many messages in so many seconds, spread evenly but for a burst. Denied messages count as well. */
const rateSchema = z.strictObject({
  kind: z.literal('rate'),
  ...common,
  messages: z.number().int().positive().max(1_000_000_000),
  seconds: z.number().positive().max(86_400).default(1),
  /** So many at once, after a pause. Default: as many as `messages`. */
  burst: z.number().int().positive().max(1_000_000_000).optional(),
});

/** So many accepted messages that are not finished at a time. */
const concurrencySchema = z.strictObject({
  kind: z.literal('concurrency'),
  ...common,
  messages: z.number().int().positive().max(10_000_000),
});

/** So much in a period of the calendar. */
const budgetSchema = z.strictObject({
  kind: z.literal('budget'),
  ...common,
  measure: z.enum(quotaMeasures).default('messages'),
  /** Whole, but for cost, which is counted in millionths. */
  limit: z.number().positive().max(most),
  period: z.enum(quotaPeriods),
});

const quotaSchema = z.discriminatedUnion('kind', [rateSchema, concurrencySchema, budgetSchema]);

/** By name. A limit that cannot be read is an error at load: none is ever taken for no limit. */
export const quotasManifestSchema = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits or dashes'),
    quotaSchema,
  )
  .refine((quotas) => Object.keys(quotas).length <= 64, 'must not be more than 64');

export type Quota = z.output<typeof quotaSchema>;
export type QuotasManifest = z.output<typeof quotasManifestSchema>;
