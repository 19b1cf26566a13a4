import type { ConstitutionFile, Digest } from '@charterbus/core-models';
import { z } from 'zod';
import { bundleError } from './bundle-error.js';
import { manifestPath } from './container/entry-path.js';
import { bundleStatuses } from './verified-bundle.js';

const bundleFormat = 'charterbus.bundle/1';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'must be a full constitutional hash: 64 lower-case hex digits');

/** What a bundle says of the constitution in it, under `metadata.charterbus`. */
const statementSchema = z.strictObject({
  format: z.literal(bundleFormat),
  /** Of the constitution. Files whose spaces OPA's hashing passes over are bound by it byte for byte. */
  hash: digest,
  status: z.enum(bundleStatuses),
  /** Full hashes of constitutions of the same name that must not be in force any more. */
  revokes: z.array(digest).max(1_000).default([]),
});

/** OPA's `.manifest`. Members that are none of ours are kept as they are. */
const bundleManifestSchema = z.looseObject({
  /** The constitution's revision. */
  revision: z.string(),
  roots: z.array(z.string()).optional(),
  wasm: z.array(z.looseObject({ entrypoint: z.string(), module: z.string() })).optional(),
  rego_version: z.number().optional(),
  metadata: z.looseObject({ charterbus: statementSchema }),
});

export type BundleManifest = z.output<typeof bundleManifestSchema>;
export type BundleStatement = BundleManifest['metadata']['charterbus'];

const sentence = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');

const parse = <Schema extends z.ZodType>({ bytes }: ConstitutionFile, schema: Schema): z.output<Schema> => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw bundleError('BUNDLE_INVALID', 'is not JSON.', { file: manifestPath, cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = `is not a bundle's: ${sentence(parsed.error).slice(0, 500)}.`;
  throw bundleError('BUNDLE_INVALID', message, { file: manifestPath });
};

/** @throws ConstitutionalError `BUNDLE_INVALID`. */
export const readBundleManifest = (files: readonly ConstitutionFile[]): BundleManifest => {
  const file = files.find(({ path }) => path === manifestPath);
  if (file === undefined) throw bundleError('BUNDLE_INVALID', 'is missing.', { file: manifestPath });
  return parse(file, bundleManifestSchema);
};

/** A `.manifest` before it says what it is: written by hand, or by OPA. */
const foreignManifestSchema = z.looseObject({
  revision: z.unknown().optional(),
  roots: z.array(z.string()).optional(),
  wasm: z.unknown().optional(),
  rego_version: z.number().optional(),
  metadata: z.looseObject({ charterbus: statementSchema.optional() }).optional(),
});

export type ForeignManifest = z.output<typeof foreignManifestSchema>;

/** The `.manifest` that is there, if any, whoever wrote it. @throws ConstitutionalError `BUNDLE_INVALID`. */
export const readForeignManifest = (files: readonly ConstitutionFile[]): ForeignManifest | undefined => {
  const file = files.find(({ path }) => path === manifestPath);
  return file === undefined ? undefined : parse(file, foreignManifestSchema);
};

/** What `.manifest` is made of. */
export interface ManifestParts extends Omit<BundleStatement, 'format' | 'hash'> {
  readonly hash: Digest;
  readonly revision: number;
  /** The paths of data and policies that the bundle owns in OPA. */
  readonly roots: readonly string[];
  /** The rule that `policy.wasm` was compiled for, where there is one. */
  readonly entrypoint?: string;
}

/** @param before whose other members are kept. */
export const writeBundleManifest = (parts: ManifestParts, before: ForeignManifest = {}): ConstitutionFile => {
  const { revision, roots, entrypoint, hash, status, revokes } = parts;
  // Written again below, always in this order: equal statements are equal bytes.
  const { revision: _, roots: __, wasm: ___, rego_version: regoVersion = 1, metadata = {}, ...others } = before;
  const manifest = {
    revision: String(revision),
    roots,
    ...(entrypoint === undefined ? {} : { wasm: [{ entrypoint, module: 'policy.wasm' }] }),
    rego_version: regoVersion,
    ...others,
    metadata: { ...metadata, charterbus: { format: bundleFormat, hash, status, revokes } },
  };
  return { path: manifestPath, bytes: Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`) };
};
