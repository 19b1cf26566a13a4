import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { StoreError } from '@charterbus/core-models';
import { checkLog } from './check-log.js';
import { LogFile, sameSum } from './log-frames.js';
import { type LogMark, readMark } from './log-mark.js';

const damaged = (what: string, details: Readonly<Record<string, number>>): StoreError =>
  new StoreError('STORE_CORRUPT', `The store’s write-ahead log is damaged: ${what}.`, { details });

/** Whether the file itself has what the mark speaks of: another program may have carried the log over and removed it. */
const isCarriedOver = (file: string, { page, pageSum }: LogMark): boolean => {
  const descriptor = openSync(file, 'r');
  try {
    const header = Buffer.alloc(18);
    if (readSync(descriptor, header, 0, 18, 0) < 18) return false;
    const written = header.readUInt16BE(16);
    const bytes = Buffer.alloc(written === 1 ? 65_536 : written);
    const read = readSync(descriptor, bytes, 0, bytes.length, (page - 1) * bytes.length);
    return read === bytes.length && crc32(bytes) === pageSum;
  } finally {
    closeSync(descriptor);
  }
};

/** What must be in the log, against what is. */
const checkMark = (file: string, log: LogFile | undefined, mark: LogMark): void => {
  if (log?.header.valid === true) {
    // Begun anew since the mark was written: all of it had been carried over before that. Damage cannot look like it, since the
    // header has a checksum of its own.
    if (log.header.salts !== mark.salts) return;
    const { validFrames, sums } = checkLog(log, [mark.frame]);
    const sum = sums.get(mark.frame);
    if (sum !== undefined && sameSum(sum, mark.sum)) return;
    throw damaged(`${validFrames} of at least ${mark.frame} frames are there`, { validFrames, frames: mark.frame });
  }
  if (isCarriedOver(file, mark)) return;
  throw damaged(`of at least ${mark.frame} frames none is there`, { validFrames: 0, frames: mark.frame });
};

/**
 * Holds the log against itself and against its mark, before SQLite reads it: SQLite ends at the first frame that is not right
 * and says nothing of those behind.
 *
 * @throws StoreError `STORE_CORRUPT` where frames are gone that had been synced.
 */
export const verifyLog = (file: string): void => {
  using log = LogFile.open(`${file}-wal`);
  const damagedFrame = log === undefined ? undefined : checkLog(log).damagedFrame;
  if (damagedFrame !== undefined) {
    const what = damagedFrame === 0 ? 'its header' : `frame ${damagedFrame}, with committed ones behind it`;
    throw damaged(what, { frame: damagedFrame });
  }
  const mark = readMark(file);
  if (mark !== undefined) checkMark(file, log, mark);
};
