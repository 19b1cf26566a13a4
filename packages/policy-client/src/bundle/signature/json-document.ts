import { bundleError } from '../bundle-error.js';

/** Deeper than data may be nested in any constitution; far below what would exhaust the stack. */
const deepest = 128;

/** Strings as Go's `encoding/json` writes them without escaping HTML: as JavaScript does, but for two line separators. */
export const goString = (value: string): string =>
  JSON.stringify(value).replaceAll('\u2028', String.raw`\u2028`).replaceAll('\u2029', String.raw`\u2029`);

const byUtf8 = ([left]: readonly [string, string], [right]: readonly [string, string]): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));

/** Members sorted by the bytes of their keys, without spaces. */
export const objectText = (members: ReadonlyMap<string, string>): string =>
  `{${[...members]
    .toSorted(byUtf8)
    .map(([key, text]) => `${goString(key)}:${text}`)
    .join(',')}}`;

/** Reads a text that is known to be JSON, so that it need not look for faults of syntax. */
class Reader {
  readonly text: string;
  readonly file: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  refuse(message: string): never {
    throw bundleError('BUNDLE_SIGNATURE_INVALID', message, { file: this.file });
  }

  value(depth: number): string {
    if (depth > deepest) this.refuse(`is nested deeper than ${deepest} levels.`);
    const next = this.#peek();
    if (next === '{') return this.#object(depth);
    if (next === '[') return this.#array(depth);
    return next === '"' ? goString(this.#string()) : this.#literal();
  }

  #peek(): string | undefined {
    while (' \t\n\r'.includes(this.text[this.#at] ?? '.')) this.#at += 1;
    return this.text[this.#at];
  }

  /** Whether the next sign is this one; it is passed then. */
  #pass(sign: string): boolean {
    if (this.#peek() !== sign) return false;
    this.#at += 1;
    return true;
  }

  #object(depth: number): string {
    const members = new Map<string, string>();
    this.#pass('{');
    while (!this.#pass('}')) {
      this.#peek();
      const key = this.#string();
      if (members.has(key)) this.refuse(`has the key ${goString(key).slice(0, 100)} twice.`);
      this.#pass(':');
      members.set(key, this.value(depth + 1));
      this.#pass(',');
    }
    return objectText(members);
  }

  #array(depth: number): string {
    const items: string[] = [];
    this.#pass('[');
    while (!this.#pass(']')) {
      items.push(this.value(depth + 1));
      this.#pass(',');
    }
    return `[${items.join(',')}]`;
  }

  #string(): string {
    const start = this.#at;
    for (this.#at += 1; this.text[this.#at] !== '"'; this.#at += 1) if (this.text[this.#at] === '\\') this.#at += 1;
    this.#at += 1;
    const value = JSON.parse(this.text.slice(start, this.#at)) as string;
    // Go would read another text from it than JavaScript does, under the same hash.
    return value.isWellFormed() ? value : this.refuse('has half a surrogate pair in a text.');
  }

  /** Numbers stay as they are written: 1.0 and 1 are different documents. */
  #literal(): string {
    const start = this.#at;
    while (!',]} \t\n\r'.includes(this.text[this.#at] ?? ',')) this.#at += 1;
    return this.text.slice(start, this.#at);
  }
}

/**
 * A JSON text as OPA hashes it: keys sorted, no spaces, Go's escapes, numbers as written. What Go and JavaScript could
 * read differently (a repeated key, half a surrogate pair) is refused, so that one canonical form has one meaning.
 */
export const canonicalJsonDocument = (text: string, file: string): string => {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw bundleError('BUNDLE_SIGNATURE_INVALID', 'is not JSON.', { file, cause });
  }
  return new Reader(text, file).value(0);
};
