/** Levels of nesting: beyond what any reply has. */
const deepest = 64;

const tokenPattern = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|-?\d[\d.eE+-]*/g;

const survives = (literal: string): boolean => {
  const value = Number(literal);
  return /^-?\d+$/.test(literal) ? Number.isSafeInteger(value) : Number.isFinite(value);
};

/** Looks through the tokens of a text that is JSON for what two readers may understand differently. */
class Scan {
  /** For each open object its keys so far, for each open list nothing. */
  readonly #levels: (Set<string> | undefined)[] = [];

  /** What is wrong with the next token, if anything. */
  take(token: string, next: string | undefined): string | undefined {
    if (token === '{' || token === '[') return this.#open(token);
    if (token === '}' || token === ']') this.#levels.pop();
    else if (token.startsWith('"')) return next === ':' ? this.#key(JSON.parse(token) as string) : undefined;
    else if (token !== ',' && token !== ':' && !survives(token)) return 'has a number that does not survive reading';
    return undefined;
  }

  #open(bracket: string): string | undefined {
    const depth = this.#levels.push(bracket === '{' ? new Set() : undefined);
    return depth > deepest ? 'is nested too deep' : undefined;
  }

  #key(key: string): string | undefined {
    const keys = this.#levels.at(-1);
    if (key === '__proto__' || keys?.has(key) === true) return 'has a key twice, or __proto__';
    keys?.add(key);
    return undefined;
  }
}

const ambiguity = (text: string): string | undefined => {
  const scan = new Scan();
  const tokens = text.match(tokenPattern) ?? [];
  for (const [index, token] of tokens.entries()) {
    const wrong = scan.take(token, tokens[index + 1]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError('is not JSON');
  }
};

/**
 * The value of a JSON text that every reader takes alike: no key twice, no `__proto__`, no integer beyond ±(2^53 − 1),
 * no excessive depth.
 *
 * @throws SyntaxError for what is not JSON, or not such JSON; its message repeats nothing of the text.
 */
export const parseStrictJson = (text: string): unknown => {
  const value = parsed(text);
  const wrong = ambiguity(text);
  if (wrong !== undefined) throw new SyntaxError(wrong);
  return value;
};
