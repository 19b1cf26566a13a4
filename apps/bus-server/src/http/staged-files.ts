import type { ConstitutionFile } from '@charterbus/core-models';
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

/** Reads the JSON form. Paths, sizes and contents are checked where the constitution is loaded. */
export const readStagedFiles = ({ files, data }: z.output<typeof stageBodySchema>): StagedFiles => ({
  files: filesOf(files),
  ...(data === undefined ? {} : { slots: filesOf(data) }),
});
