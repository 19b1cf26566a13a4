import { closeSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { frameOf, isPageSize, placeOfFrame, type Sum, sameSum } from './log-frames.js';

/**
 * What is known to be in the log: it was written after the sync of the commit that it speaks of, so that whatever state of it a
 * crash leaves, it states no more than is true.
 */
export interface LogMark {
  /** Of the use of the log in which the frame was written. */
  readonly salts: string;
  /** The last frame of the commit. */
  readonly frame: number;
  readonly sum: Sum;
  /** The page that the frame holds, and the CRC-32 of its bytes. */
  readonly page: number;
  readonly pageSum: number;
}

const markFile = (file: string): string => `${file}-mark`;

/** `CBM1` */
const magic = 0x43424d31;
/** Much less than a sector: it is on the disk as a whole or not at all. */
const markBytes = 36;

const encode = (mark: LogMark): Buffer => {
  const bytes = Buffer.alloc(markBytes);
  bytes.writeUInt32BE(magic, 0);
  bytes.write(mark.salts, 4, 'hex');
  bytes.writeUInt32BE(mark.frame, 12);
  bytes.writeUInt32BE(mark.sum.first, 16);
  bytes.writeUInt32BE(mark.sum.second, 20);
  bytes.writeUInt32BE(mark.page, 24);
  bytes.writeUInt32BE(mark.pageSum, 28);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 32)), 32);
  return bytes;
};

/** Nothing where nobody has marked anything, or where the mark is damaged itself. */
export const readMark = (file: string): LogMark | undefined => {
  const bytes = readIfThere(markFile(file));
  if (bytes === undefined || bytes.length < markBytes || bytes.readUInt32BE(0) !== magic) return undefined;
  if (bytes.readUInt32BE(32) !== crc32(bytes.subarray(0, 32))) return undefined;
  return {
    salts: bytes.toString('hex', 4, 12),
    frame: bytes.readUInt32BE(12),
    sum: { first: bytes.readUInt32BE(16), second: bytes.readUInt32BE(20) },
    page: bytes.readUInt32BE(24),
    pageSum: bytes.readUInt32BE(28),
  };
};

/** Says that nothing need be in the log any more, before it is emptied. Where the directory has gone, so has the log. */
export const clearMark = (file: string): void => {
  const descriptor = openUnlessGone(markFile(file));
  if (descriptor === undefined) return;
  try {
    // As long as a mark, so that a full disk has room for one.
    writeSync(descriptor, Buffer.alloc(markBytes));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

const openUnlessGone = (file: string): number | undefined => {
  try {
    return openSync(file, 'w', 0o600);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** The index of the log, which SQLite keeps in memory that is a file: https://sqlite.org/walformat.html#the_wal_index_header. */
const indexBytes = 48;

/** Marks what is in the log, without a sync, of which it is in no need. */
export class LogMarker implements Disposable {
  readonly #file: string;
  readonly #index = Buffer.alloc(indexBytes);
  #descriptors: { readonly index: number; readonly log: number; readonly mark: number } | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** To be called after a commit of the one writer, and before the next. */
  mark(): void {
    const { index, log, mark } = this.#opened();
    if (readSync(index, this.#index, 0, indexBytes, 0) < indexBytes) return;
    const view = new DataView(this.#index.buffer, this.#index.byteOffset, indexBytes);
    const littleEndian = isLittleEndian;
    const pageBytes = pageSize(view.getUint16(14, littleEndian));
    const frame = view.getUint32(16, littleEndian);
    if (frame === 0 || !isPageSize(pageBytes)) return;
    const { place, bytes } = placeOfFrame(frame, pageBytes);
    const buffer = Buffer.allocUnsafe(bytes);
    if (readSync(log, buffer, 0, bytes, place) < bytes) return;
    const last = frameOf(buffer, frame, littleEndian);
    const sum = { first: view.getUint32(24, littleEndian), second: view.getUint32(28, littleEndian) };
    const salts = this.#index.toString('hex', 32, 40);
    // Of the commit before: the log has been begun anew, and this one is in nothing but the index.
    if (last.salts !== salts || !sameSum(last.sum, sum)) return;
    const known = { salts, frame, sum, page: last.page, pageSum: crc32(last.data) };
    writeSync(mark, encode(known), 0, markBytes, 0);
  }

  [Symbol.dispose](): void {
    const descriptors = this.#descriptors;
    this.#descriptors = undefined;
    if (descriptors !== undefined) for (const descriptor of Object.values(descriptors)) closeSync(descriptor);
  }

  #opened() {
    if (this.#descriptors === undefined) {
      const index = openSync(`${this.#file}-shm`, 'r');
      const log = openSync(`${this.#file}-wal`, 'r');
      const mark = openSync(markFile(this.#file), 'r+');
      this.#descriptors = { index, log, mark };
    }
    return this.#descriptors;
  }
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** 65,536 does not fit, and is written as 1. */
const pageSize = (written: number): number => (written === 1 ? 65_536 : written);

const readIfThere = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};
