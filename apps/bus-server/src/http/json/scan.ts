import { defaultMessageLimits } from '@charterbus/core-models';
import { httpLimits } from '../limits.js';

/** Something in a JSON text that `JSON.parse` passes over in silence. */
export interface JsonFinding {
  /** From the root; numbers are places in lists. */
  readonly path: readonly (string | number)[];
  readonly why: string;
}

export interface JsonScan {
  /** The first finding under each of the first two steps of a path: of a batch, one for each message. */
  readonly findings: readonly JsonFinding[];
  /** Why the scan ended early; nothing where it did not. */
  readonly excess: string | undefined;
}

/** Keys of one object: more do not fit into a message, and a parser takes very long for millions of them. */
const mostKeys = defaultMessageLimits.contentBytes / 4;
/** One for each message of the largest batch, and one for the batch. */
const mostFindings = httpLimits.batchMessages + 1;
/** The steps of a path within which one finding is enough. */
const scopeDepth = 2;

interface Level {
  /** The keys seen so far; nothing for a list. */
  readonly keys: Set<string> | undefined;
  /** Where the scan stands: the current key or place. */
  step: string | number;
  expectsKey: boolean;
}

const quote = 0x22;
const comma = 0x2c;
const openList = 0x5b;
const backslash = 0x5c;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/** The place after the closing quote of the string that begins at `from`, or the end of the text. */
const endOfString = (text: string, from: number): number => {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
};

const decodeKey = (raw: string): string => {
  if (!raw.includes('\\')) return raw.slice(1, -1);
  try {
    return String(JSON.parse(raw));
  } catch {
    // Not JSON; whoever parses the text will say so.
    return raw;
  }
};

class Scanner {
  readonly #levels: Level[] = [];
  /** At most one more than `mostFindings`. */
  readonly findings: JsonFinding[] = [];
  /** What is more than a parser should be given. */
  excess: string | undefined;
  readonly #mostDepth: number;
  /** The scope where the scan stands has its finding. */
  #found = false;

  constructor(mostDepth: number) {
    this.#mostDepth = mostDepth;
  }

  /** A string that stands where a key is expected is one; any other is a value. */
  string(text: string, start: number, end: number): void {
    const level = this.#levels.at(-1);
    if (level?.keys === undefined || !level.expectsKey) return;
    const key = decodeKey(text.slice(start, end));
    level.step = key;
    level.expectsKey = false;
    this.#enterScope();
    if (key === '__proto__') this.#find('has the key __proto__');
    else if (level.keys.has(key)) this.#find('has this key twice, and readers disagree about which one counts');
    level.keys.add(key);
    if (level.keys.size > mostKeys) this.excess = `has an object with more than ${mostKeys} keys`;
  }

  structure(character: number): void {
    if (character === openObject) this.#push({ keys: new Set(), step: '', expectsKey: true });
    else if (character === openList) this.#push({ keys: undefined, step: 0, expectsKey: false });
    else if (character === closeObject || character === closeList) this.#levels.pop();
    else if (character === comma) this.#next();
  }

  #push(level: Level): void {
    this.#levels.push(level);
    if (this.#levels.length > this.#mostDepth) this.excess = `is nested deeper than ${this.#mostDepth} levels`;
    this.#enterScope();
  }

  #next(): void {
    const level = this.#levels.at(-1);
    if (level === undefined) return;
    if (level.keys !== undefined) level.expectsKey = true;
    else if (typeof level.step === 'number') {
      level.step += 1;
      this.#enterScope();
    }
  }

  /** After each step. Scopes are not compared by their paths: keys may be as long as the text. */
  #enterScope(): void {
    if (this.#levels.length <= scopeDepth) this.#found = false;
  }

  #find(why: string): void {
    if (this.#found) return;
    this.#found = true;
    this.findings.push({ path: this.#levels.map(({ step }) => step), why });
    if (this.findings.length > mostFindings) this.excess = 'has too many keys that stand twice or are __proto__';
  }
}

/**
 * Looks through a JSON text for what two readers may understand differently: keys that stand twice in one object
 * (RFC 8259, section 4, leaves them open) and `__proto__`; and for more than a parser should be given. In one
 * pass and before anything is built; whether the text is JSON at all is the parser's to say.
 */
export const scanJson = (text: string, mostDepth: number): JsonScan => {
  const scanner = new Scanner(mostDepth);
  for (let at = 0; at < text.length && scanner.excess === undefined; at++) {
    const character = text.charCodeAt(at);
    if (character === quote) {
      const end = endOfString(text, at);
      scanner.string(text, at, end);
      at = end - 1;
    } else if (character >= comma) scanner.structure(character);
  }
  return { findings: scanner.findings, excess: scanner.excess };
};

/** RFC 6901, bounded. */
export const jsonPointer = (path: readonly (string | number)[]): string =>
  path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
    .slice(0, 200);
