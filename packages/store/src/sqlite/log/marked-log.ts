import { clearMark, LogMarker } from './log-mark.js';

/** How long a commit may be unmarked, in milliseconds: in so much of what was written last, damage looks like a torn tail. */
const markWithinMs = 10;

/** Keeps the mark beside a log that is written, off the way of whoever waits for a commit. */
export class MarkedLog {
  readonly #file: string;
  #marker: LogMarker | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why marks could not be written; the commits are none the worse for it. */
  #failure: unknown;

  constructor(file: string) {
    this.#file = file;
  }

  /** After a commit. */
  committed(): void {
    if (this.#timer !== undefined || this.#failure !== undefined) return;
    this.#timer = setTimeout(() => this.#mark(), markWithinMs).unref();
  }

  /** The handle that wrote is given up; the next one may have other files. */
  release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#marker?.[Symbol.dispose]();
    this.#marker = undefined;
  }

  /** Before the log is emptied for good. */
  clear(): void {
    this.release();
    clearMark(this.#file);
  }

  #mark(): void {
    this.#timer = undefined;
    this.#marker ??= new LogMarker(this.#file);
    try {
      this.#marker.mark();
    } catch (error) {
      this.#failure = error;
      this.release();
    }
  }
}
