import { type ConstitutionFile, constitutionalHash } from '@charterbus/core-models';
import { bundleError } from './bundle-error.js';
import { type BundleStatement, readBundleManifest } from './bundle-manifest.js';
import { readConstitutionManifest } from './constitution-manifest.js';
import { manifestPath, signaturesPath } from './container/entry-path.js';
import { readContainer } from './container/read-container.js';
import type { BundleTrust } from './signature/bundle-trust.js';
import { verifySignature } from './signature/verify-signature.js';
import type { VerifiedBundle } from './verified-bundle.js';

export interface ReadBundleOptions {
  /** Whose signature it needs, or `unsigned`: nobody's, which is a decision of whoever configures it. */
  readonly trust: BundleTrust | 'unsigned';
  /** Who gave it, for logs. Default `bundle`. */
  readonly source?: string;
}

const isOfTheConstitution = ({ path }: ConstitutionFile): boolean => path !== manifestPath && path !== signaturesPath;

/** What the bundle says of its constitution must be what the constitution is. */
const agreed = (files: readonly ConstitutionFile[], hash: string, revision: number): BundleStatement => {
  const { revision: stated, metadata } = readBundleManifest(files);
  const refuse = (message: string): never => {
    throw bundleError('BUNDLE_INVALID', message, { file: manifestPath });
  };
  if (stated !== String(revision))
    refuse(`states revision ${JSON.stringify(stated)}; manifest.yaml states ${revision}.`);
  if (metadata.charterbus.hash !== hash) refuse('states another constitutional hash than the files have.');
  return metadata.charterbus;
};

/** A directory that nobody signed is as good as published: whoever configured it so answers for it. */
const unstated = { status: 'published', revokes: [] } as const;

/**
 * A bundle from its files, as a directory holds them. With a trust, everything is verified; without, a directory need not
 * even state what it is.
 *
 * @throws ConstitutionalError `BUNDLE_SIGNATURE_INVALID`, `BUNDLE_INVALID`, or `CONSTITUTION_INVALID` for what is wrong
 * with the constitution's own manifest and paths.
 */
export const bundleOfFiles = async (
  given: readonly ConstitutionFile[],
  { trust, source = 'bundle' }: ReadBundleOptions,
): Promise<VerifiedBundle> => {
  // Copied, so that what was verified and what is judged by are the same bytes for good.
  const all = given.map(({ path, bytes }) => ({ path, bytes: Uint8Array.from(bytes) }));
  const signedBy = trust === 'unsigned' ? undefined : await verifySignature(all, trust);
  const files = all.filter(isOfTheConstitution);
  const statement = all.filter((file) => !isOfTheConstitution(file));
  const { name, revision } = readConstitutionManifest(files);
  const hash = constitutionalHash(files);
  const mayBeSilent = trust === 'unsigned' && !all.some(({ path }) => path === manifestPath);
  const { status, revokes } = mayBeSilent ? unstated : agreed(all, hash, revision);
  const signer = signedBy === undefined ? {} : { signedBy };
  return Object.freeze({ files, statement, name, revision, hash, status, revokes, ...signer, source });
};

/**
 * A bundle from its `tar.gz`: unpacked within bounds, then verified, then understood. That its constitution may be in
 * force (`loadConstitution`) and that its status allows it (`checkStatus`) are questions of their own.
 *
 * @throws ConstitutionalError `BUNDLE_INVALID`, `BUNDLE_SIGNATURE_INVALID` or `CONSTITUTION_INVALID`.
 */
export const readBundle = async (bytes: Uint8Array, options: ReadBundleOptions): Promise<VerifiedBundle> => {
  const container = Uint8Array.from(bytes);
  const bundle = await bundleOfFiles(await readContainer(container), options);
  return Object.freeze({ ...bundle, container });
};
