import { z } from 'zod';
import { sampleSchema } from '../measure/sample.js';

const environmentSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  quick: z.boolean(),
  rounds: z.number().int().positive(),
  cpu: z.string(),
  cores: z.number().int().positive(),
  memoryBytes: z.number().positive(),
  platform: z.string(),
  node: z.string(),
  sqlite: z.string(),
  /** Where durable rows write; on `tmpfs` a sync costs nothing and their figures say nothing. */
  fileSystem: z.string(),
  /** Of what is measured beside ours. */
  versions: z.record(z.string(), z.string()),
  /** The load average over a minute, with the run itself in the second. */
  load: z.strictObject({ before: z.number(), after: z.number() }),
});

export type Environment = z.infer<typeof environmentSchema>;

const rowSchema = sampleSchema.extend({ name: z.string(), kind: z.enum(['ours', 'peer', 'limit']) });

const ratioSchema = z.strictObject({
  /** Says whether the target is the least or the most. */
  name: z.string(),
  value: z.number(),
  target: z.number().nullable(),
  /** `null` without a target, and where the rounds do not allow a conclusion. */
  pass: z.boolean().nullable(),
});

/** What `--json` writes. */
export const reportSchema = z.strictObject({
  environment: environmentSchema,
  suites: z.array(z.strictObject({ name: z.string(), rows: z.array(rowSchema), ratios: z.array(ratioSchema) })),
});

export type Report = z.infer<typeof reportSchema>;
