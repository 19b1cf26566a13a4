import { z } from 'zod';

const fileSchema = z.strictObject({
  name: z.string().min(1).max(600),
  hash: z.string().regex(/^[0-9a-f]{2,128}$/i),
  algorithm: z.string().min(1).max(20),
});

/** What the token of `.signatures.json` claims. Others than these may be there: `opa sign --claims-file` adds any. */
export const claimsSchema = z.looseObject({
  files: z.array(fileSchema).max(2_000),
  scope: z.string().optional(),
  /** The id of the key, from before tokens had it in their header. */
  keyid: z.string().optional(),
  /** Seconds since the epoch. OPA does not look at it; whoever states it means it. */
  exp: z.number().optional(),
});

export type SignatureClaims = z.output<typeof claimsSchema>;

/** `.signatures.json`. OPA names its default way of signing as a plugin, and other ways are none of ours. */
export const signaturesSchema = z.strictObject({
  plugin: z.literal('_default').optional(),
  signatures: z.array(z.string().min(1)).length(1, 'must be exactly one signature'),
});
