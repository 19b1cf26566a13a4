import { effects, identifierSchema, labelSchema, messageTypes, priorities, topicSchema } from '@charterbus/core-models';
import { z } from 'zod';
import { deliveryObligationSchema, obligationLimits } from '../obligations/obligation-schema.js';

const agentSchema = z.strictObject({
  tenant: identifierSchema,
  id: identifierSchema,
  role: labelSchema.optional(),
  capabilities: z.array(labelSchema).max(64).default([]),
});

const reasonSchema = z.string().min(1).max(128);

const messageSchema = z.strictObject({
  type: z.enum(messageTypes),
  priority: z.enum(priorities).default('normal'),
  /** Any JSON value; policies see its size, and what facts make of it. */
  content: z.json().default({}),
  /** Whether the message answers another one. */
  reply: z.boolean().default(false),
  /** What is known of the message that it answers; it is a reply then. */
  answers: z.strictObject({ type: z.enum(messageTypes), sender: agentSchema }).optional(),
});

/** A message of the same conversation that was allowed before. */
const earlierSchema = z.strictObject({ sender: agentSchema, recipient: agentSchema, message: messageSchema });

/** What a provider answers when it is asked just that; anything else is a failure. */
const answerSchema = z.strictObject({ arguments: z.array(z.json()).min(1).max(8), answer: z.json() });

const severalOf = ({
  everyone,
  topic,
  capability,
}: Readonly<Partial<Record<'everyone' | 'topic' | 'capability', unknown>>>) =>
  [everyone, topic, capability].filter((stated) => stated !== undefined).length;

/** What a screen makes of the message, or that it says nothing. */
const readingSchema = z.union(
  [
    z.literal('unavailable'),
    z.strictObject({
      score: z.number().int().min(0).max(100),
      categories: z
        .array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/))
        .max(64)
        .default([]),
    }),
  ],
  { error: 'must be { score: 0 to 100, categories?: […] } or unavailable' },
);

/** One case: a message between two agents, and what must become of it. */
export const policyTestSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    sender: agentSchema,
    /** With `everyone`, `topic` or `capability`: one of those whom the message reaches, judged at `receive`. */
    recipient: agentSchema.optional(),
    everyone: z.literal(true).optional(),
    /** In the place of `everyone`: the topic that the message is published to, in the tenant of the recipient if there is one. */
    topic: topicSchema.optional(),
    /** In the place of `everyone`: the capability that the message is addressed to, in the tenant of the recipient if there is one. */
    capability: labelSchema.optional(),
    message: messageSchema,
    /** The variant whose policies judge. Default: the constitution's own. */
    variant: z.string().optional(),
    /** The moment of judgement. Default: what the manifest pins, else noon of 1 January 2026, UTC. */
    now: z.iso.datetime({ offset: true }).optional(),
    /** Rows by table, then by key. Tables of the constitution itself are as they are unless they are named here. */
    data: z.record(z.string(), z.record(z.string(), z.json())).default({}),
    /** Answers by provider. */
    providers: z.record(z.string(), z.array(answerSchema).max(1_000)).default({}),
    /** Readings by the names that the constitution gives to screens. None is run; what is read and not stated is wanting. */
    screens: z.record(z.string(), readingSchema).default({}),
    /** What was allowed before in the same conversation, oldest first. */
    earlier: z.array(earlierSchema).max(1_000).default([]),
    /** Ids of escalating policies whose approval the message already has. */
    approvals: z.array(reasonSchema).max(100).default([]),
    expect: z.strictObject({
      verdict: z.enum(effects),
      /** Ids of the determining policies in any order, or the code where no policy decided. May be left out for `allow`. */
      reasons: z.array(reasonSchema).min(1).max(100).optional(),
      /** What is asked of the bus at delivery, at both points together: exactly these, in any order. */
      obligations: z.array(deliveryObligationSchema).max(obligationLimits.count).optional(),
      /** The content, the headers or both as the recipient gets them. */
      delivered: z
        .strictObject({ content: z.json().optional(), headers: z.record(z.string(), z.string()).optional() })
        .optional(),
    }),
  })
  .refine((test) => test.recipient !== undefined || severalOf(test) > 0, {
    message: 'needs a recipient, a topic, a capability, or everyone: true',
  })
  .refine((test) => severalOf(test) <= 1, {
    message: 'is to everyone, to a topic or to a capability, not to two of them',
  })
  .refine((test) => test.expect.verdict === 'allow' || test.expect.reasons !== undefined, {
    message: 'needs reasons unless the verdict is allow',
    path: ['expect'],
  });

export type PolicyTest = z.output<typeof policyTestSchema>;
