import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The format is SQLite's: https://sqlite.org/fileformat2.html#walformat. All but the checksummed words are big-endian. */
const headerBytes = 32;
const frameHeaderBytes = 24;
/** The last bit says in which byte order the words were summed. */
const magic = 0x377f0682;

/** A pair of 32-bit sums, over everything before in the log. */
export interface Sum {
  readonly first: number;
  readonly second: number;
}

const sum = (bytes: DataView, from: number, to: number, start: Sum, littleEndian: boolean): Sum => {
  let { first, second } = start;
  for (let place = from; place < to; place += 8) {
    first = (first + bytes.getUint32(place, littleEndian) + second) >>> 0;
    second = (second + bytes.getUint32(place + 4, littleEndian) + first) >>> 0;
  }
  return { first, second };
};

export const sameSum = (left: Sum, right: Sum): boolean => left.first === right.first && left.second === right.second;

export interface LogHeader {
  readonly pageBytes: number;
  /** Of this use of the log, as hex: frames of an earlier use have others. */
  readonly salts: string;
  readonly sum: Sum;
  /** Whether its own checksum is right; SQLite takes a log whose header is not for an empty one. */
  readonly valid: boolean;
  readonly littleEndian: boolean;
}

export interface LogFrame {
  /** From 1. */
  readonly number: number;
  readonly salts: string;
  readonly page: number;
  /** Whether a transaction ends with it. */
  readonly commits: boolean;
  /** As it is written in the frame. */
  readonly sum: Sum;
  readonly data: Uint8Array;
  /** What the sum has to be after another one. */
  follows(before: Sum): Sum;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const saltsAt = (bytes: Buffer, place: number): string => bytes.toString('hex', place, place + 8);
const sumAt = (view: DataView, place: number): Sum => ({
  first: view.getUint32(place),
  second: view.getUint32(place + 4),
});

/** A write-ahead log as it lies on the disk, while nobody writes it. */
export class LogFile implements Disposable {
  readonly #descriptor: number;
  readonly size: number;
  readonly header: LogHeader;

  private constructor(descriptor: number, size: number, header: Buffer) {
    this.#descriptor = descriptor;
    this.size = size;
    const view = viewOf(header);
    const littleEndian = (view.getUint32(0) & 1) === 0;
    const summed = sum(view, 0, 24, { first: 0, second: 0 }, littleEndian);
    const pageBytes = view.getUint32(8);
    const stated = sumAt(view, 24);
    this.header = {
      pageBytes,
      salts: saltsAt(header, 16),
      sum: stated,
      valid: (view.getUint32(0) & ~1) >>> 0 === magic && sameSum(summed, stated) && isPageSize(pageBytes),
      littleEndian,
    };
  }

  /** Nothing where there is no log, or one that never got a whole header. */
  static open(path: string): LogFile | undefined {
    const descriptor = openIfThere(path);
    if (descriptor === undefined) return undefined;
    const header = Buffer.alloc(headerBytes);
    const { size } = fstatSync(descriptor);
    if (readSync(descriptor, header, 0, headerBytes, 0) === headerBytes) return new LogFile(descriptor, size, header);
    closeSync(descriptor);
    return undefined;
  }

  /** Whole frames of pages of this size, one after the other; each reuses the memory of the one before the last. */
  *frames(pageBytes = this.header.pageBytes): Generator<LogFrame, void, void> {
    const frameBytes = frameHeaderBytes + pageBytes;
    const buffers = [Buffer.alloc(frameBytes), Buffer.alloc(frameBytes)] as const;
    for (let number = 1; ; number++) {
      const bytes = buffers[(number & 1) as 0 | 1];
      const place = headerBytes + (number - 1) * frameBytes;
      if (readSync(this.#descriptor, bytes, 0, frameBytes, place) < frameBytes) return;
      yield frameOf(bytes, number, this.header.littleEndian);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

/** @param bytes a frame's header and its page. */
export const frameOf = (bytes: Buffer, number: number, littleEndian: boolean): LogFrame => {
  const view = viewOf(bytes);
  return {
    number,
    salts: saltsAt(bytes, 8),
    page: view.getUint32(0),
    commits: view.getUint32(4) !== 0,
    sum: sumAt(view, 16),
    data: bytes.subarray(frameHeaderBytes),
    follows: (before) => {
      const afterHeader = sum(view, 0, 8, before, littleEndian);
      return sum(view, frameHeaderBytes, bytes.length, afterHeader, littleEndian);
    },
  };
};

/** Where a frame stands in the file, and how long it is. */
export const placeOfFrame = (number: number, pageBytes: number): { readonly place: number; readonly bytes: number } => {
  const bytes = frameHeaderBytes + pageBytes;
  return { place: headerBytes + (number - 1) * bytes, bytes };
};

/** A power of two from 512 to 65,536. */
export const isPageSize = (bytes: number): boolean => bytes >= 512 && bytes <= 65_536 && (bytes & (bytes - 1)) === 0;

const openIfThere = (path: string): number | undefined => {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};
