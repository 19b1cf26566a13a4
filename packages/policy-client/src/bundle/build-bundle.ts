import { type ConstitutionFile, constitutionalHash, type EngineManifest } from '@charterbus/core-models';
import { readForeignManifest, writeBundleManifest } from './bundle-manifest.js';
import { readConstitutionManifest } from './constitution-manifest.js';
import { manifestPath, signaturesPath } from './container/entry-path.js';
import { writeContainer } from './container/write-container.js';
import { type SigningKey, signFiles } from './signature/sign-files.js';
import type { BundleStatus } from './verified-bundle.js';

/** What a bundle states of its constitution. */
export interface BundleStated {
  readonly status?: BundleStatus;
  /** Full hashes of constitutions of the same name that must not be in force any more. */
  readonly revokes?: readonly string[];
  /** The paths that the bundle owns in an OPA that loads it. Default: everything. */
  readonly roots?: readonly string[];
}

type MaybeStated = { readonly [Key in keyof BundleStated]?: BundleStated[Key] | undefined };

const isOfTheConstitution = ({ path }: ConstitutionFile): boolean => path !== manifestPath && path !== signaturesPath;

/** Only where the module is there: OPA refuses a bundle that names one which is not. */
const entrypointOf = (engine: EngineManifest, files: readonly ConstitutionFile[]): { readonly entrypoint?: string } => {
  const members = engine.kind === 'composite' ? Object.values(engine.members) : [engine];
  const compiled = members.find((member) => member.kind === 'opa-wasm');
  return compiled !== undefined && files.some(({ path }) => path === 'policy.wasm')
    ? { entrypoint: compiled.entrypoint }
    : {};
};

const definedOnly = ({ status, revokes, roots }: MaybeStated): BundleStated => ({
  ...(status === undefined ? {} : { status }),
  ...(revokes === undefined ? {} : { revokes }),
  ...(roots === undefined ? {} : { roots }),
});

/**
 * The files of a constitution with a `.manifest` that says what they are now, without signature. What is not given is
 * kept from the `.manifest` that is there; a new bundle is a draft.
 */
export const statedFiles = (
  given: readonly ConstitutionFile[],
  stated: BundleStated = {},
): readonly ConstitutionFile[] => {
  const files = given.filter(isOfTheConstitution);
  const { engine, revision } = readConstitutionManifest(files);
  const before = readForeignManifest(given);
  const said = { roots: before?.roots, ...before?.metadata?.charterbus };
  const { status = 'draft', revokes = [], roots = [''] } = { ...definedOnly(said), ...definedOnly(stated) };
  const hash = constitutionalHash(files);
  const parts = { hash, revision, roots, status, revokes: [...revokes], ...entrypointOf(engine, files) };
  return [writeBundleManifest(parts, before), ...files];
};

/**
 * The bundle of a constitution, a `tar.gz` in OPA's form and not yet signed: the same bytes for the same files.
 *
 * @throws ConstitutionalError `CONSTITUTION_INVALID` for paths and a manifest that no constitution may have.
 */
export const buildBundle = (files: readonly ConstitutionFile[], stated: BundleStated = {}): Promise<Uint8Array> =>
  writeContainer(statedFiles(files, stated));

/** The files of a bundle with what it states and a signature over all of it. */
export const signedFiles = async (
  files: readonly ConstitutionFile[],
  signer: SigningKey,
  stated: BundleStated = {},
): Promise<readonly ConstitutionFile[]> => {
  const unsigned = statedFiles(files, stated);
  return [...unsigned, await signFiles(unsigned, signer)];
};

/** A bundle with a signature, in place of any that it had. */
export const signBundle = async (
  files: readonly ConstitutionFile[],
  signer: SigningKey,
  stated: BundleStated = {},
): Promise<Uint8Array> => writeContainer(await signedFiles(files, signer, stated));
