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
  operators: number;
  members: number;
  deepest: number;
  /** The deepest of the parts before a comma. */
  parts: number;
}

const newLevel = (): Level => ({ operators: 0, members: 0, deepest: 0, parts: 0 });
const depthOf = (level: Level): number => Math.max(level.parts, level.operators + level.members + level.deepest);

class Scanner {
  readonly statements: Statement[] = [];
  readonly problems: ConstitutionProblem[] = [];
  readonly #source: SourceText;
  #levels: Level[] = [newLevel()];
  #start: number | undefined;

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
      this.#start ??= at;
      if (this.#take(groups, at, pattern.lastIndex) === 'stop') break;
    }
    if (this.#start !== undefined && this.problems.length === 0)
      this.#refuse(this.#start, 'the policy does not end with a semicolon.');
    return this;
  }

  #take(groups: Readonly<Record<string, string | undefined>>, at: number, end: number): 'stop' | 'go on' {
    const level = this.#levels.at(-1)!;
    if (groups['open'] !== undefined) {
      // A bracket after a value is an index, which chains like a member.
      level.members += 1;
      this.#levels.push(newLevel());
    } else if (groups['close'] !== undefined) {
      this.#levels.pop();
      const outer = this.#levels.at(-1);
      if (outer === undefined) return this.#stop(at, 'a bracket is closed that was never opened.');
      outer.deepest = Math.max(outer.deepest, depthOf(level));
    } else if (groups['comma'] !== undefined) {
      this.#levels[this.#levels.length - 1] = { ...newLevel(), parts: depthOf(level) };
    } else if (groups['operator'] !== undefined) level.operators += 1;
    else if (groups['member'] !== undefined) level.members += 1;
    else if (groups['end'] !== undefined) return this.#endStatement(at, end);
    if (this.#levels.length - 1 > scanLimits.brackets)
      return this.#stop(at, `more than ${scanLimits.brackets} brackets inside each other.`);
    if (end - this.#start! > scanLimits.statement)
      return this.#stop(at, `a policy longer than ${scanLimits.statement} characters.`);
    if (depthOf(this.#levels.at(-1)!) > scanLimits.depth) return this.#stop(at, this.#tooDeep());
    return 'go on';
  }

  #endStatement(at: number, end: number): 'stop' | 'go on' {
    if (this.#levels.length !== 1) return this.#stop(at, 'a bracket is not closed before the semicolon.');
    const offset = this.#start!;
    this.statements.push({
      text: this.#source.text.slice(offset, end),
      offset,
      line: positionAt(this.#source.text, offset).line,
    });
    this.#levels = [newLevel()];
    this.#start = undefined;
    return 'go on';
  }

  #tooDeep(): string {
    return `an expression of more than ${scanLimits.depth} operators and members; use a set, or split the policy.`;
  }

  #stop(at: number, message: string): 'stop' {
    this.#refuse(at, message);
    return 'stop';
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
