/** Levels of nesting: beyond what any reply has. */
const deepest = 64;

const tokenPattern = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|-?\d[\d.eE+-]*/g;

interface Level {
  /** Of an object, the keys so far; of a list nothing. */
  readonly keys?: Set<string>;
}

const badNumber = (literal: string): boolean =>
  /^-?\d+$/.test(literal) ? !Number.isSafeInteger(Number(literal)) : !Number.isFinite(Number(literal));

const levelOf = (bracket: string): Level => (bracket === '{' ? { keys: new Set() } : {});

/** What two readers may understand differently in a text that is JSON, or nothing. */
const ambiguity = (text: string): string | undefined => {
  const levels: Level[] = [];
  const tokens = text.match(tokenPattern) ?? [];
  for (const [index, token] of tokens.entries()) {
    if (token === '{' || token === '[') {
      if (levels.push(levelOf(token)) > deepest) return 'is nested too deep';
    } else if (token === '}' || token === ']') levels.pop();
    else if (token.startsWith('"') && tokens[index + 1] === ':') {
      const keys = levels.at(-1)?.keys;
      const key = JSON.parse(token) as string;
      if (key === '__proto__' || keys?.has(key) === true) return 'has a key twice, or __proto__';
      keys?.add(key);
    } else if (/^[-\d]/.test(token) && badNumber(token)) return 'has a number that does not survive reading';
  }
  return undefined;
};

/**
 * The value of a JSON text that every reader takes alike: no key twice, no `__proto__`, no integer beyond ±(2^53 − 1),
 * no excessive depth.
 *
 * @throws SyntaxError for what is not JSON, or not such JSON; its message repeats nothing of the text.
 */
export const parseStrictJson = (text: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError('is not JSON');
  }
  const wrong = ambiguity(text);
  if (wrong !== undefined) throw new SyntaxError(wrong);
  return value;
};
