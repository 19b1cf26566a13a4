/** One line of a trace: its text, or why it has none. */
export type TraceLine = {
  /** From 1. */
  readonly number: number;
  /** Bytes of the line with its line break. */
  readonly bytes: number;
} & ({ readonly text: string } | { readonly problem: string });

/** A longer line is not read into memory. */
const longestLineBytes = 16 * 1024 * 1024;

const lineFeed = 0x0a;

/** Gathers the pieces of one line up to the bound; what lies beyond is counted and dropped. */
class LineBuffer {
  readonly #most: number;
  #pieces: Uint8Array[] = [];
  #number = 0;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  add(piece: Uint8Array): void {
    this.#bytes += piece.length;
    // One more than the bound, for the line break.
    if (this.#bytes > this.#most + 1) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  take(): TraceLine {
    this.#number += 1;
    const place = { number: this.#number, bytes: this.#bytes };
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    const end = whole.at(-1) === lineFeed ? whole.length - 1 : whole.length;
    const tooLong = place.bytes > whole.length || end > this.#most;
    return tooLong
      ? { ...place, problem: `The line is longer than ${this.#most} bytes.` }
      : { ...place, ...decode(whole.subarray(0, end)) };
  }
}

/** A byte order mark at the beginning is left out, as `TextDecoder` does. */
const decode = (bytes: Uint8Array): { readonly text: string } | { readonly problem: string } => {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { problem: 'The line is not UTF-8.' };
    throw error;
  }
};

/**
 * The lines of a stream of bytes, one after the other; never more than one line of at most `most` bytes is held. Lines
 * of nothing but white space are left out, and counted.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  most: number = longestLineBytes,
): AsyncGenerator<TraceLine, void, void> {
  const buffer = new LineBuffer(most);
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
      buffer.add(chunk.subarray(from, at + 1));
      from = at + 1;
      const line = buffer.take();
      if (!isBlank(line)) yield line;
    }
    if (from < chunk.length) buffer.add(chunk.subarray(from));
  }
  if (buffer.empty) return;
  const last = buffer.take();
  if (!isBlank(last)) yield last;
}

const isBlank = (line: TraceLine): boolean => 'text' in line && line.text.trim() === '';
