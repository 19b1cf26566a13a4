import { effects, identifierSchema, labelSchema, messageTypes, priorities } from '@charterbus/core-models';
import { z } from 'zod';

const agentSchema = z.strictObject({
  tenant: identifierSchema,
  id: identifierSchema,
  role: labelSchema.optional(),
  capabilities: z.array(labelSchema).max(64).default([]),
});

const reasonSchema = z.string().min(1).max(128);

/** One case: a message between two agents, and what must become of it. */
const policyTestSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    sender: agentSchema,
    /** With `everyone`: one of those whom the message reaches, judged at `receive`. */
    recipient: agentSchema.optional(),
    everyone: z.literal(true).optional(),
    message: z.strictObject({
      type: z.enum(messageTypes),
      priority: z.enum(priorities).default('normal'),
      /** Any JSON value; its size is what policies see. */
      content: z.json().default({}),
      /** Whether the message answers another one. */
      reply: z.boolean().default(false),
    }),
    /** The moment of judgement, fixed so that a test never depends on the day it runs. */
    now: z.iso.datetime({ offset: true }).default('2026-01-01T12:00:00Z'),
    /** Ids of escalating policies whose approval the message already has. */
    approvals: z.array(reasonSchema).max(100).default([]),
    expect: z.strictObject({
      verdict: z.enum(effects),
      /** Ids of the determining policies in any order, or the code where no policy decided. May be left out for `allow`. */
      reasons: z.array(reasonSchema).min(1).max(100).optional(),
    }),
  })
  .refine((test) => test.recipient !== undefined || test.everyone === true, {
    message: 'needs a recipient, or everyone: true',
  })
  .refine((test) => test.expect.verdict === 'allow' || test.expect.reasons !== undefined, {
    message: 'needs reasons unless the verdict is allow',
    path: ['expect'],
  });

/** `tests/*.yaml`. Unknown keys are refused: a misspelt expectation would expect nothing. */
export const policyTestFileSchema = z.strictObject({ tests: z.array(policyTestSchema).min(1).max(10_000) });

export type PolicyTest = z.output<typeof policyTestSchema>;
