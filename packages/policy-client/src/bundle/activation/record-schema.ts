import { canonicalJson, sha256 } from '@charterbus/core-models';
import { z } from 'zod';

const recordFormat = 'charterbus.activations/1';

/** How many rollbacks are remembered, newest last; the audit log has them all. */
export const rollbacksKept = 100;

/** More than any publisher revokes: beyond, something is wrong, and is told instead of being written. */
export const mostRevoked = 10_000;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const revisionSchema = z.strictObject({ revision: z.number().int().positive(), hash: digest });

const rollbackSchema = z.strictObject({
  from: revisionSchema,
  to: revisionSchema,
  operator: z.string().min(1).max(256),
  reason: z.string().min(1).max(1_000),
  at: z.iso.datetime(),
});

const entrySchema = z.strictObject({
  /** The newest that ever was in force. It never goes down. */
  highest: revisionSchema.optional(),
  /** The one that was activated last: the highest, unless an operator rolled back. */
  activated: revisionSchema.optional(),
  rollbacks: z.array(rollbackSchema).max(rollbacksKept).default([]),
  /** Full hashes. None is ever forgotten. */
  revoked: z.array(digest).max(mostRevoked).default([]),
});

const bodySchema = z.strictObject({
  format: z.literal(recordFormat),
  constitutions: z.record(z.string().min(1).max(64), entrySchema),
});

/** The check is no signature: it notices damage, not somebody who may write the file. */
const fileSchema = z.strictObject({ ...bodySchema.shape, check: digest });

export type ActivationEntry = z.output<typeof entrySchema>;
export type Rollback = z.output<typeof rollbackSchema>;
export type ActivationEntries = Readonly<Record<string, ActivationEntry>>;

const checkOf = (constitutions: ActivationEntries): string =>
  sha256(canonicalJson({ format: recordFormat, constitutions } as never));

export const recordText = (constitutions: ActivationEntries): string =>
  `${JSON.stringify({ format: recordFormat, constitutions, check: checkOf(constitutions) }, undefined, 1)}\n`;

/** @throws Error for whatever is not a whole record. */
export const readRecordText = (text: string): ActivationEntries => {
  const { constitutions, check } = fileSchema.parse(JSON.parse(text));
  if (check !== checkOf(constitutions)) throw new Error('The check does not match.');
  return constitutions;
};
