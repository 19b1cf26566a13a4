import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConstitutionFile } from '@charterbus/core-models';
import { checkFiles, constitutionLimits } from './file-rules.js';
import { type ConstitutionProblem, constitutionError } from './problem.js';
import { errorCodeOf, readPlainFile } from './read-plain-file.js';

interface Walk {
  readonly root: string;
  readonly files: ConstitutionFile[];
  bytes: number;
  entries: number;
  readonly signal: AbortSignal | undefined;
}

const refuse = (problem: ConstitutionProblem, cause?: unknown): never => {
  throw constitutionError('CONSTITUTION_INVALID', [problem], cause);
};

const readBounded = (walk: Walk, path: string): Promise<Uint8Array> =>
  readPlainFile(
    join(walk.root, path),
    (size, added) => {
      walk.bytes += added;
      if (size > constitutionLimits.fileBytes) return `is larger than ${constitutionLimits.fileBytes} bytes.`;
      return walk.bytes > constitutionLimits.totalBytes
        ? `brings the constitution over ${constitutionLimits.totalBytes} bytes.`
        : undefined;
    },
    (message) => refuse({ file: path, message }),
    walk.signal,
  );

const takeEntry = async (walk: Walk, entry: Dirent, path: string): Promise<void> => {
  walk.entries += 1;
  if (walk.entries > 2 * constitutionLimits.files)
    refuse({ file: '.', message: `has more than ${constitutionLimits.files} files.` });
  if (entry.isSymbolicLink()) refuse({ file: path, message: 'is a symbolic link; a constitution holds files only.' });
  if (entry.isDirectory()) return takeDirectory(walk, path);
  if (!entry.isFile()) refuse({ file: path, message: 'is not a plain file.' });
  walk.files.push({ path, bytes: await readBounded(walk, path) });
};

const takeDirectory = async (walk: Walk, path: string): Promise<void> => {
  walk.signal?.throwIfAborted();
  if (path.split('/').length > 16) refuse({ file: path, message: 'is nested too deep.' });
  for (const entry of await readdir(join(walk.root, path), { withFileTypes: true })) {
    await takeEntry(walk, entry, path === '' ? entry.name : `${path}/${entry.name}`);
  }
};

/**
 * All files of a constitution, sorted by path. Nothing is skipped: what lies in the directory is part of the hash, and
 * what may not lie there is an error.
 *
 * @throws ConstitutionalError `CONSTITUTION_INVALID` for links, hidden or unreadable files, and beyond the limits; the
 * signal's reason when aborted.
 */
export const readConstitutionDirectory = async (
  directory: string,
  signal?: AbortSignal,
): Promise<readonly ConstitutionFile[]> => {
  const walk: Walk = { root: directory, files: [], bytes: 0, entries: 0, signal };
  try {
    await takeDirectory(walk, '');
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && 'code' in error && 'syscall' in error) {
      refuse({ file: '.', message: `the directory cannot be read (${errorCodeOf(error)}).` }, error);
    }
    throw error;
  }
  const problems = checkFiles(walk.files);
  if (problems.length > 0) throw constitutionError('CONSTITUTION_INVALID', problems);
  return walk.files.toSorted((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
};
