import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Only the error's code: messages of the file system hold absolute paths. */
export const errorCodeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';

/** Given the bytes so far and those that were added: what is wrong with that many, if anything. */
export type SizeRule = (size: number, added: number) => string | undefined;

/**
 * The bytes of a plain file within bounds. Links are not followed: they could bring in what is not under the control of
 * whoever keeps the directory. It reads to the end rather than to a size stated before: a file may grow meanwhile.
 *
 * @param refuse throws for a file that may not be read.
 */
export const readPlainFile = async (
  path: string,
  rule: SizeRule,
  refuse: (message: string) => never,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> => {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) refuse('is not a plain file.');
    const chunks: Buffer[] = [];
    let size = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(64 * 1024) });
      if (bytesRead === 0) return Buffer.concat(chunks);
      chunks.push(buffer.subarray(0, bytesRead));
      size += bytesRead;
      const wrong = rule(size, bytesRead);
      if (wrong !== undefined) refuse(wrong);
    }
  } finally {
    await handle.close();
  }
};
