import { activationKinds, bundleStatuses } from '@charterbus/policy-client';
import { z } from 'zod';
import { obligationsSchema, verdictSchema } from './governance.js';

const instant = z.iso.datetime();
const texts = z.array(z.string()).readonly();

const identity = {
  name: z.string(),
  revision: z.int(),
  hash: z.string().describe('The full constitutional hash.'),
  shortHash: z.string().describe('What messages state as `constitutionalHash`.'),
  dataVersion: z.string().describe('The digest over its data, and over that which it was given.'),
  by: z.string().describe('Who did it.'),
};

export const stagedSchema = z
  .strictObject({
    ...identity,
    at: instant,
    shadow: z.boolean().describe('Whether messages are judged under it besides.'),
    keep: z.boolean().describe('Whether it is staged again when another one is activated after it.'),
  })
  .readonly();

export const activationSchema = z
  .strictObject({
    number: z.int(),
    kind: z.enum(activationKinds).describe('How it came into force.'),
    ...identity,
    why: z.string(),
    at: instant,
  })
  .readonly();

export const variantCountSchema = z
  .strictObject({
    variant: z.string().optional().describe("Absent for the constitution's own policies."),
    allowed: z.int(),
    held: z.int(),
    denied: z.int(),
  })
  .readonly();

const outcomeSchema = z.strictObject({
  effect: z.enum(['allow', 'escalate', 'deny']),
  policies: texts,
  reasons: texts,
  obligations: obligationsSchema.optional().describe('What is changed of the message.'),
});

const differenceSchema = z.strictObject({ before: outcomeSchema, after: outcomeSchema, count: z.int() }).readonly();

export const shadowSchema = z
  .strictObject({
    hash: z.string(),
    against: z.string().describe('The hash of the constitution in force that it is compared with.'),
    since: instant,
    judged: z.int().describe('Messages that were judged under both.'),
    dropped: z.int().describe('Messages that were not, since too many were waiting.'),
    failed: z.int().describe('Messages of which the second judgement failed.'),
    different: z.int().describe('Messages with a verdict that differs.'),
    differences: z.array(differenceSchema).readonly().describe('By kind, the most frequent first.'),
    others: z.int().describe('Differences beyond the kinds that are listed.'),
    samples: z
      .array(
        z.strictObject({
          about: z
            .strictObject({ message: z.string(), tenant: z.string(), from: z.string(), type: z.string() })
            .readonly(),
          before: verdictSchema,
          after: verdictSchema,
        }),
      )
      .readonly()
      .describe('At most fifty of them, each as likely as every other.'),
  })
  .readonly();

export const cacheSchema = z.strictObject({
  hash: z.string(),
  counts: z
    .strictObject({
      hits: z.int().describe('Answered by what was remembered.'),
      misses: z.int().describe('The engine was asked.'),
      stale: z.int().describe('Of the misses, those that had been remembered for too long.'),
      joined: z.int().describe('Answered together with another question that was under way.'),
      passed: z.int().describe('Asked without being remembered.'),
      evictions: z.int().describe('Answers that went so that others could be kept.'),
      entries: z.int().describe('Answers that are kept now.'),
    })
    .readonly()
    .optional()
    .describe('Since it came into force; absent where the answers of its engine are never remembered.'),
});

/** By path, the bytes in Base64 (RFC 4648). */
const filesSchema = z.record(z.string().max(512), z.base64('must be Base64'));

export const stageBodySchema = z.strictObject({
  files: filesSchema.describe('The files of the constitution: path → bytes in Base64.'),
  data: filesSchema
    .optional()
    .describe('External data slots, `<slot>.json` → bytes in Base64. Default: those in force.'),
  shadow: z.boolean().optional().describe('Judge every message under it besides, for comparison only.'),
  keep: z.boolean().optional().describe('Stage it again when another one is activated after it.'),
  by: z.string().min(1).max(200).optional().describe('Who does it. Default `operator`.'),
});

export const bundlesSchema = z.strictObject({
  constitution: z.string().optional().describe('The only one that is taken; absent where no bundles are followed.'),
  taken: z
    .strictObject({
      revision: z.int(),
      hash: z.string(),
      status: z.enum(bundleStatuses),
      signedBy: z.string().optional(),
      from: z.enum(['cache', 'primary', 'fallback', 'last-known-good']),
      source: z.string(),
      at: instant,
    })
    .readonly()
    .optional()
    .describe('What came into force last from a source, since the start.'),
  refused: z
    .array(z.strictObject({ source: z.string(), code: z.string(), message: z.string(), at: instant }).readonly())
    .readonly()
    .describe('What was not taken, newest first; at most twenty.'),
});
