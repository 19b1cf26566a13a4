import { positionAt } from '../source/position.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { SourceText } from '../source/read-sources.js';

/**
 * Bounds on Cedar text, kept before it reaches the parser. Measured with cedar-wasm 4.13: 100 to 150 nested brackets,
 * or 300 to 500 chained operators, overflow the stack of the WebAssembly instance, which poisons it for good.
 */
export const scanLimits = Object.freeze({
  /** Brackets inside brackets. */
  brackets: 32,
  /** Levels of the expression tree: brackets, operators and member accesses on one path. */
  depth: 100,
  /** UTF-16 code units of one policy, and of the schema. */
  statement: 64 * 1024,
});

/** One policy's text, from its first token to its semicolon. */
export interface Statement {
  readonly text: string;
  /** UTF-16 offset in the file. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
}

export interface Scan {
  readonly statements: readonly Statement[];
  readonly problems: readonly ConstitutionProblem[];
}

/** The operators that make a tree deeper, and the rest of the tokens by kind; comments as Cedar has them, white space only in ASCII. */
const tokenPattern =
  /(?<space>[\t\n\r ]+|\/\/[^\n\r]*)|(?<string>"(?:\\[^\n\r]|[^"\\])*")|(?<open>[([{])|(?<close>[)\]}])|(?<end>;)|(?<comma>,)|(?<operator>&&|\|\||[+\-*!]|\b(?:if|when|unless)\b)|(?<member>\.)|(?<word>[\p{L}\p{N}_]+|::|[<>=]=|[<>=:@?%/&|])/uy;

/** The depth of what is open at one level of brackets. */
interface Level {
  readonly outer: Level | undefined;
  readonly brackets: number;
  operators: number;
  members: number;
  deepest: number;
  /** The deepest of the parts before a comma. */
  parts: number;
}

const within = (outer?: Level): Level => ({
  outer,
  brackets: outer === undefined ? 0 : outer.brackets + 1,
  operators: 0,
  members: 0,
  deepest: 0,
  parts: 0,
});
const depthOf = (level: Level): number => Math.max(level.parts, level.operators + level.members + level.deepest);

/** No policy has begun. */
const between = -1;

class Scanner {
  readonly statements: Statement[] = [];
  readonly problems: ConstitutionProblem[] = [];
  readonly #source: SourceText;
  #level: Level = within();
  #start = between;

  constructor(source: SourceText) {
    this.#source = source;
  }

  run(): Scan {
    const { text } = this.#source;
    const pattern = new RegExp(tokenPattern);
    while (pattern.lastIndex < text.length) {
      const at = pattern.lastIndex;
      const groups = pattern.exec(text)?.groups;
      if (groups === undefined) return this.#refuse(at, 'is not a token of Cedar, or a string that does not end.');
      if (groups['space'] !== undefined) continue;
      if (this.#start === between) this.#start = at;
      const problem = groups['end'] === undefined ? this.#take(groups) : this.#end(pattern.lastIndex);
      const found = problem ?? this.#beyondLimits(pattern.lastIndex);
      if (found !== undefined) return this.#refuse(at, found);
    }
    return this.#start === between ? this : this.#refuse(this.#start, 'the policy does not end with a semicolon.');
  }

  /** Counts a token that does not end a policy. */
  #take(groups: Readonly<Record<string, string | undefined>>): string | undefined {
    const level = this.#level;
    if (groups['open'] !== undefined) {
      // A bracket after a value is an index, which chains like a member.
      level.members += 1;
      this.#level = within(level);
    } else if (groups['close'] !== undefined) {
      if (level.outer === undefined) return 'a bracket is closed that was never opened.';
      this.#level = level.outer;
      this.#level.deepest = Math.max(this.#level.deepest, depthOf(level));
    } else if (groups['comma'] !== undefined) {
      this.#level = { ...within(level.outer), parts: depthOf(level) };
    } else if (groups['operator'] !== undefined) level.operators += 1;
    else if (groups['member'] !== undefined) level.members += 1;
    return undefined;
  }

  #end(end: number): string | undefined {
    if (this.#level.outer !== undefined) return 'a bracket is not closed before the semicolon.';
    if (end - this.#start > scanLimits.statement) return this.#beyondLimits(end);
    const offset = this.#start;
    const { line } = positionAt(this.#source.text, offset);
    this.statements.push({ text: this.#source.text.slice(offset, end), offset, line });
    this.#level = within();
    this.#start = between;
    return undefined;
  }

  #beyondLimits(end: number): string | undefined {
    if (this.#level.brackets > scanLimits.brackets)
      return `more than ${scanLimits.brackets} brackets inside each other.`;
    if (this.#start !== between && end - this.#start > scanLimits.statement) {
      return `a policy longer than ${scanLimits.statement} characters.`;
    }
    return depthOf(this.#level) > scanLimits.depth
      ? `an expression of more than ${scanLimits.depth} operators and members; use a set, or split the policy.`
      : undefined;
  }

  #refuse(at: number, message: string): Scan {
    this.problems.push({ file: this.#source.path, ...positionAt(this.#source.text, at), message });
    return this;
  }
}

/**
 * Splits a file into its policies and bounds their nesting. Every piece is given to Cedar by itself and must be exactly
 * one policy, so a text that this scanner and Cedar would split differently is refused, not misread.
 */
export const scanPolicies = (source: SourceText): Scan => new Scanner(source).run();
