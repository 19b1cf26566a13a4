import { z } from 'zod';
import { defaultMessageLimits } from '../limits.js';
import { engineManifestSchema } from './engine-manifest.js';
import { factsManifestSchema } from './facts-manifest.js';
import { quotasManifestSchema } from './quotas-manifest.js';
import { signaturesManifestSchema } from './signatures-manifest.js';

export const manifestFormat = 'charterbus.constitution/1';

const shortHashPattern = /^[0-9a-f]{16}$/;

/**
 * `manifest.yaml` of a constitution. Unknown keys are refused: a misspelt limit must not silently be no limit.
 */
export const manifestSchema = z.strictObject({
  format: z.literal(manifestFormat),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits or dashes'),
  /** Grows with every change. */
  revision: z.number().int().positive(),
  description: z.string().max(1000).optional(),
  engine: engineManifestSchema,
  /** `sealed`: the short hash is computed from the content. `pinned`: agents carry a given one. */
  hash: z
    .union(
      [
        z.literal('sealed'),
        z.strictObject({ pinned: z.string().regex(shortHashPattern, 'must be 16 lower-case hex digits') }),
      ],
      // YAML reads `1234567890123456` and `12345678901234e5` as numbers.
      { error: 'must be sealed, or { pinned: "…" } with 16 lower-case hex digits in quotes' },
    )
    .default('sealed'),
  /** Whether a message must state the short hash. Handles in process state it by themselves. */
  attestation: z.enum(['required', 'optional']).default('required'),
  thresholds: z
    .strictObject({
      /** How long a held message waits for a decision before it is denied, in seconds. */
      holdSeconds: z
        .number()
        .int()
        .positive()
        .max(30 * 86_400)
        .default(300),
      /** How long the engine may take for one judgement, in milliseconds. */
      judgementMilliseconds: z.number().int().positive().max(60_000).default(1000),
    })
    .prefault({}),
  limits: z
    .strictObject({
      contentBytes: z
        .number()
        .int()
        .positive()
        .max(defaultMessageLimits.contentBytes)
        .default(defaultMessageLimits.contentBytes),
      depth: z.number().int().positive().max(defaultMessageLimits.depth).default(defaultMessageLimits.depth),
      headers: z.number().int().nonnegative().max(defaultMessageLimits.headers).default(defaultMessageLimits.headers),
      headerBytes: z
        .number()
        .int()
        .positive()
        .max(defaultMessageLimits.headerBytes)
        .default(defaultMessageLimits.headerBytes),
    })
    .prefault({}),
  /** Policy tests that must pass before the constitution is in force: `required` refuses one without any. */
  tests: z.enum(['required', 'optional']).default('required'),
  /** The moment that policies see as now: that of the bus, or for recorded data a given one. */
  clock: z
    .union(
      [
        z.literal('bus'),
        z.strictObject({
          pinned: z.iso.datetime({ offset: true, error: 'must be a date, a time and a zone: "2026-01-01T12:00:00Z"' }),
        }),
      ],
      {
        error: 'must be bus, or { pinned: "…" } with a date, a time and a zone',
      },
    )
    .default('bus'),
  facts: factsManifestSchema.prefault({}),
  /** Which messages their senders must have signed. Default: none. */
  signatures: signaturesManifestSchema.prefault({}),
  /** Rates, concurrency and budgets: what they do not cover is denied before any policy is asked. */
  quotas: quotasManifestSchema.default({}),
  /** How long answers of engines are remembered. They end with the constitution in any case. */
  cache: z
    .strictObject({
      /** Of one constitution, over all tenants; 0 remembers nothing. */
      entries: z.number().int().nonnegative().max(1_000_000).default(10_000),
      /** What one tenant keeps of a full cache against all others, as a share of the entries. More only while nobody needs it. */
      tenantShare: z.number().positive().max(1).default(0.5),
      /** How long an allow lives, in seconds. */
      seconds: z.number().int().positive().max(86_400).default(300),
      /** How long a deny lives, in seconds; no longer than an allow. Absent: 60, or as long as an allow. */
      denySeconds: z.number().int().positive().max(86_400).optional(),
      /**
       * Policies see the time rounded down to so many seconds, counted from the epoch; answers about the time live to the
       * end of theirs. Absent: policies see every millisecond, and answers about the time are not remembered.
       */
      timeBucketSeconds: z.number().int().positive().max(86_400).optional(),
    })
    .refine(({ seconds, denySeconds = 0 }) => denySeconds <= seconds, {
      path: ['denySeconds'],
      error: 'must not be longer than seconds: a deny lives no longer than an allow',
    })
    .prefault({}),
  /**
   * Named variants (A/B) of this constitution: a share of the conversations is judged under the policies of a variant's
   * directory, `variants/<name>/policies`, in place of those of the same file names. All variants are in the one hash.
   */
  variants: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/), z.strictObject({ share: z.number().positive().max(1) }))
    .refine((variants) => Object.values(variants).reduce((sum, { share }) => sum + share, 0) <= 1, {
      error: 'must not have more than the whole (1) as the sum of their shares',
    })
    .default({}),
  /** What happens to agents and approvals at the activation of this constitution. */
  activation: z
    .strictObject({
      /** How long the short hash of the constitution before it is still accepted, in seconds. */
      graceSeconds: z
        .number()
        .int()
        .nonnegative()
        .max(7 * 86_400)
        .default(300),
    })
    .prefault({}),
});

export type ConstitutionManifest = z.output<typeof manifestSchema>;
