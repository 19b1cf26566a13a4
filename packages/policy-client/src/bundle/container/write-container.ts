import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ConstitutionFile } from '@charterbus/core-models';
import { packTar } from 'modern-tar';
import { checkEntryPath } from './entry-path.js';
import { readContainer } from './read-container.js';

const compress = promisify(gzip);

/** Where gzip's header names the operating system (RFC 1952), and the number for one that is not told. */
const systemByte = { at: 9, unknown: 255 };

const byCodeUnit = (left: ConstitutionFile, right: ConstitutionFile): number =>
  left.path < right.path ? -1 : left.path > right.path ? 1 : 0;

/**
 * A `tar.gz` of the files, the same bytes for the same files: sorted, without times, owners or the name of the machine's
 * system. (Another version of zlib may compress otherwise.) It is read once more, so that what is written can be read.
 *
 * @throws ConstitutionalError `BUNDLE_INVALID` for what `readContainer` would refuse.
 */
export const writeContainer = async (files: readonly ConstitutionFile[]): Promise<Uint8Array> => {
  for (const { path } of files) checkEntryPath(path);
  const entries = files.toSorted(byCodeUnit).map(({ path, bytes }) => ({
    header: { name: path, size: bytes.length, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0 },
    body: bytes,
  }));
  const zipped = await compress(await packTar(entries), { level: 9 });
  zipped[systemByte.at] = systemByte.unknown;
  await readContainer(zipped);
  return zipped;
};
