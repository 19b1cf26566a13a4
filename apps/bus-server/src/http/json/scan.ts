/** Something in a JSON text that `JSON.parse` passes over in silence. */
export interface JsonFinding {
  /** From the root; numbers are places in lists. */
  readonly path: readonly (string | number)[];
  readonly why: string;
}

export interface JsonScan {
  /** The first finding under each of the first two steps of a path: of a batch, one for each message. */
  readonly findings: readonly JsonFinding[];
  /** The scan ended early, at more nesting than allowed. */
  readonly tooDeep: boolean;
}

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
  readonly #findings = new Map<string, JsonFinding>();

  get depth(): number {
    return this.#levels.length;
  }

  get findings(): readonly JsonFinding[] {
    return [...this.#findings.values()];
  }

  /** A string that stands where a key is expected is one; any other is a value. */
  string(text: string, start: number, end: number): void {
    const level = this.#levels.at(-1);
    if (level?.keys === undefined || !level.expectsKey) return;
    const key = decodeKey(text.slice(start, end));
    level.step = key;
    level.expectsKey = false;
    if (key === '__proto__') this.#find('has the key __proto__');
    else if (level.keys.has(key)) this.#find('has this key twice, and readers disagree about which one counts');
    level.keys.add(key);
  }

  structure(character: number): void {
    if (character === openObject) this.#levels.push({ keys: new Set(), step: '', expectsKey: true });
    else if (character === openList) this.#levels.push({ keys: undefined, step: 0, expectsKey: false });
    else if (character === closeObject || character === closeList) this.#levels.pop();
    else if (character === comma) this.#next();
  }

  #next(): void {
    const level = this.#levels.at(-1);
    if (level === undefined) return;
    if (level.keys !== undefined) level.expectsKey = true;
    else if (typeof level.step === 'number') level.step += 1;
  }

  #find(why: string): void {
    const path = this.#levels.map(({ step }) => step);
    const scope = JSON.stringify(path.slice(0, 2));
    if (!this.#findings.has(scope)) this.#findings.set(scope, { path, why });
  }
}

/**
 * Looks through a JSON text for what two readers may understand differently: keys that stand twice in one object
 * (RFC 8259, section 4, leaves them open) and `__proto__`; and for more nesting than a parser should be given. In one
 * pass and before anything is built; whether the text is JSON at all is the parser's to say.
 */
export const scanJson = (text: string, mostDepth: number): JsonScan => {
  const scanner = new Scanner();
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === quote) {
      const end = endOfString(text, at);
      scanner.string(text, at, end);
      at = end - 1;
    } else if (character >= comma) {
      scanner.structure(character);
      if (scanner.depth > mostDepth) return { findings: scanner.findings, tooDeep: true };
    }
  }
  return { findings: scanner.findings, tooDeep: false };
};

/** RFC 6901, bounded. */
export const jsonPointer = (path: readonly (string | number)[]): string =>
  path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
    .slice(0, 200);
