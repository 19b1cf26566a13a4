import { type LogFile, type LogFrame, type Sum, sameSum } from './log-frames.js';

/** What a scan of a log finds before SQLite reads it. */
export interface LogFinding {
  /** Frames from the start whose checksums are right: as far as this SQLite will read. */
  readonly validFrames: number;
  /** The checksum of frames that were asked about, as it has to be. */
  readonly sums: ReadonlyMap<number, Sum>;
  /** The first frame that is damaged, where that is proven; 0 stands for the header. */
  readonly damagedFrame?: number;
}

/** What SQLite itself would do: frame by frame, until the first whose salts or checksum are not right. */
class Prefix {
  #before: Sum;
  #whole: boolean;
  readonly #salts: string;
  readonly #wanted: ReadonlySet<number>;
  readonly sums = new Map<number, Sum>();
  frames = 0;

  constructor({ header }: LogFile, wanted: Iterable<number>) {
    this.#before = header.sum;
    this.#whole = header.valid;
    this.#salts = header.salts;
    this.#wanted = new Set(wanted);
  }

  get ended(): boolean {
    return !this.#whole;
  }

  take(frame: LogFrame): void {
    if (this.#whole) {
      this.#whole = frame.salts === this.#salts && sameSum(frame.follows(this.#before), frame.sum);
    }
    if (!this.#whole) return;
    this.#before = frame.sum;
    this.frames = frame.number;
    if (this.#wanted.has(frame.number)) this.sums.set(frame.number, frame.sum);
  }
}

/**
 * Looks for the proof that something is gone: the end of a transaction, whatever has become of it, with a frame right behind
 * it that carries its checksum on.
 *
 * Such a frame was written by the next transaction, and that one begins only when the sync of the one before has
 * succeeded. So everything up to the end must be there; if some of it is not, it is no torn tail. What a loss of power leaves of the
 * last transaction, in whatever order, has nothing behind it. Nor have frames of a transaction that failed and was
 * overwritten by a shorter one: nothing ever carried on their checksums.
 */
class Continuations {
  #end: { readonly sum: Sum; readonly salts: string } | undefined;
  found = false;

  /** @param salts those of this use of the log; of a log whose header says nothing, any that two frames share. */
  take(frame: LogFrame, salts: string | undefined): void {
    const end = this.#end;
    if (end !== undefined && frame.salts === end.salts && sameSum(frame.follows(end.sum), frame.sum)) this.found = true;
    const isOfThisUse = salts === undefined || frame.salts === salts;
    this.#end = frame.commits && isOfThisUse ? { sum: frame.sum, salts: frame.salts } : undefined;
  }
}

/** The page size of a store, in case the header of the log cannot say. */
const usualPageBytes = 4096;

/**
 * Reads the log from end to end.
 *
 * @param wanted numbers of frames whose checksums are asked for.
 */
export const checkLog = (log: LogFile, wanted: Iterable<number> = []): LogFinding => {
  const { header } = log;
  const prefix = new Prefix(log, wanted);
  const continuations = new Continuations();
  const salts = header.valid ? header.salts : undefined;
  for (const frame of log.frames(header.valid ? header.pageBytes : usualPageBytes)) {
    prefix.take(frame);
    if (!prefix.ended) continue;
    continuations.take(frame, salts);
    if (continuations.found) break;
  }
  const finding = { validFrames: prefix.frames, sums: prefix.sums };
  if (!continuations.found) return finding;
  return { ...finding, damagedFrame: header.valid ? prefix.frames + 1 : 0 };
};
