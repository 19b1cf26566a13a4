import { createReadStream, type Stats } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { errorCodeOf } from '../error-code.js';
import { ReplayError } from '../replay-error.js';

export interface OpenedTrace {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Size in bytes, where it is known beforehand; a pipe has none. */
  readonly size?: number;
}

const whys: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
};

const statOf = async (path: string): Promise<Stats> => {
  try {
    const stats = await stat(path);
    await access(path, constants.R_OK);
    return stats;
  } catch (error) {
    const code = errorCodeOf(error);
    const why = whys[code] ?? `cannot be read (${code})`;
    throw new ReplayError(`The trace ${path} ${why}.`, { cause: error });
  }
};

async function* chunksOf(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of createReadStream(path, { signal })) yield chunk as Uint8Array;
  } catch (error) {
    if (signal.aborted) return;
    throw new ReplayError(`The trace ${path} cannot be read (${errorCodeOf(error)}).`, { cause: error });
  }
}

/** Opens a trace for reading, once; an abort ends it. @throws ReplayError where it is missing, unreadable, a directory or empty. */
export const openTrace = async (path: string, signal: AbortSignal): Promise<OpenedTrace> => {
  const stats = await statOf(path);
  if (stats.isDirectory()) throw new ReplayError(`The trace ${path} is a directory; name a file of JSON lines.`);
  if (!stats.isFile()) return { bytes: chunksOf(path, signal) };
  if (stats.size === 0) throw new ReplayError(`The trace ${path} is empty.`);
  return { bytes: chunksOf(path, signal), size: stats.size };
};
