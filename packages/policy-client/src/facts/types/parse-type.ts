import { type ScalarKind, scalarKinds, type ValueType } from './value-type.js';

/** A type as written, the names of records not yet looked up. */
export type TypeExpression =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'list'; readonly item: TypeExpression }
  | { readonly kind: 'map'; readonly value: TypeExpression }
  | { readonly kind: 'name'; readonly name: string; readonly offset: number };

/** What is wrong with a text, and where in it. */
export interface TextFault {
  /** In UTF-16 code units. */
  readonly offset: number;
  readonly message: string;
}

/** Lists and maps inside each other, in one expression. */
const deepest = 8;

class TypeFault extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

class Reader {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  read(depth = 0): TypeExpression {
    if (depth > deepest) throw new TypeFault(this.#at, `A type is nested at most ${deepest} deep.`);
    const offset = this.#skip();
    const word = this.#take(/[A-Za-z_][A-Za-z0-9_]*/y);
    if (word === undefined) throw new TypeFault(offset, 'A type is expected here.');
    if (word === 'list') return { kind: 'list', item: this.#within(() => this.read(depth + 1)) };
    if (word === 'map') return { kind: 'map', value: this.#within(() => this.#entry(depth)) };
    const scalar = scalarKinds.find((kind) => kind === word);
    return scalar === undefined ? { kind: 'name', name: word, offset } : { kind: scalar };
  }

  end(): void {
    const offset = this.#skip();
    if (offset < this.#text.length) throw new TypeFault(offset, 'The type ends before this.');
  }

  #entry(depth: number): TypeExpression {
    const offset = this.#skip();
    const key = this.read(depth + 1);
    if (key.kind !== 'string')
      throw new TypeFault(offset, 'The keys of a map are of type string, as in map<string, T>.');
    this.#expect(',');
    return this.read(depth + 1);
  }

  #within(read: () => TypeExpression): TypeExpression {
    this.#expect('<');
    const inner = read();
    this.#expect('>');
    return inner;
  }

  #expect(sign: string): void {
    const offset = this.#skip();
    if (!this.#text.startsWith(sign, offset)) throw new TypeFault(offset, `${sign} is expected here.`);
    this.#at += sign.length;
  }

  #skip(): number {
    this.#take(/ */y);
    return this.#at;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}

/** Reads `list<map<string, Leg>>` and the like. */
export const parseType = (text: string): TypeExpression | TextFault => {
  try {
    const reader = new Reader(text);
    const type = reader.read();
    reader.end();
    return type;
  } catch (error) {
    if (error instanceof TypeFault) return { offset: error.offset, message: error.message };
    throw error;
  }
};

/** Looks up the names in a type; the first that `find` does not know is a fault. */
export const resolveType = (
  expression: TypeExpression,
  find: (name: string, offset: number) => ValueType | TextFault,
): ValueType | TextFault => {
  if (expression.kind === 'name') return find(expression.name, expression.offset);
  if (expression.kind === 'list') {
    const item = resolveType(expression.item, find);
    return 'message' in item ? item : { kind: 'list', item };
  }
  if (expression.kind === 'map') {
    const value = resolveType(expression.value, find);
    return 'message' in value ? value : { kind: 'map', value };
  }
  return expression;
};
