import type { ConstitutionFile } from '@charterbus/core-models';
import { type BundleTrust, checkStatus, readBundle } from '@charterbus/policy-client';
import type { z } from 'zod';
import type { stageBodySchema } from './schemas/constitution.js';

/** What a body that stages a constitution holds, whatever it came as. */
export interface StagedFiles {
  readonly files: readonly ConstitutionFile[];
  /** Absent: the data of the constitution in force. */
  readonly slots?: readonly ConstitutionFile[];
}

const filesOf = (encoded: Readonly<Record<string, string>>): readonly ConstitutionFile[] =>
  Object.entries(encoded).map(([path, bytes]) => ({ path, bytes: Buffer.from(bytes, 'base64') }));

/** Reads the JSON form. Paths, sizes, contents and signatures are checked where the constitution is loaded. */
export const readStagedFiles = ({ files, data }: z.output<typeof stageBodySchema>): StagedFiles => ({
  files: filesOf(files),
  ...(data === undefined ? {} : { slots: filesOf(data) }),
});

/**
 * Reads a bundle: where keys are configured, only what they signed. Where not, what it says of itself must still be so,
 * and let it be in force.
 *
 * @throws ConstitutionalError.
 */
export const readStagedBundle = async (bytes: Uint8Array, trust: BundleTrust | 'unsigned'): Promise<StagedFiles> => {
  const bundle = await readBundle(bytes, { trust, source: 'operator' });
  checkStatus(bundle);
  return { files: [...bundle.files, ...bundle.statement] };
};
