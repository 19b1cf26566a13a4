import type { JsonValue } from '@charterbus/core-models';

/** Is told of each text of a content. */
export interface ContentVisitor {
  /** A value with the name of the field that it stands in, if it does, or such a name. The pointer is made only when it is asked for. */
  text(text: string, pointer: () => string, name?: string): void;
  /** Texts that follow each other in one list, also through lists inside it, or under one name in the objects of a list. */
  fragments?(texts: readonly string[], pointer: () => string): void;
}

/**
 * Whether a step may stand in a pointer. What may itself be a token, an address or a number does not: the pointer then names the
 * value around it.
 */
const isPlainStep = (step: string): boolean =>
  step.length <= 16
    ? /^[\w -]*$/.test(step) && step.replaceAll(/[^0-9]/g, '').length <= 3
    : step.length <= 32 && /^[A-Za-z_]*$/.test(step) && /[a-z]/.test(step);

/** Whoever has more names under which texts may be split than this, is not heard on the others. */
const mostColumns = 16;
/** So long names are scanned; shorter ones say nothing. */
const shortestKey = 10;

class Walk {
  readonly #visitor: ContentVisitor;
  readonly #path: (string | number)[] = [];
  readonly #pointer = (): string => {
    let pointer = '';
    for (const step of this.#path) {
      if (typeof step === 'string' && !isPlainStep(step)) break;
      pointer += `/${step}`;
    }
    return pointer;
  };

  constructor(visitor: ContentVisitor) {
    this.#visitor = visitor;
  }

  value(value: JsonValue, name?: string): void {
    if (typeof value === 'string') this.#visitor.text(value, this.#pointer, name);
    else if (Array.isArray(value)) this.#list(value as readonly JsonValue[]);
    else if (typeof value === 'object' && value !== null) this.#fields(value as Readonly<Record<string, JsonValue>>);
  }

  #fields(fields: Readonly<Record<string, JsonValue>>): void {
    for (const key in fields) {
      this.#path.push(key);
      if (key.length >= shortestKey) this.#visitor.text(key, this.#pointer);
      this.value(fields[key] as JsonValue, key);
      this.#path.pop();
    }
  }

  #list(list: readonly JsonValue[]): void {
    if (this.#visitor.fragments === undefined) {
      this.#members(list);
      return;
    }
    const texts: string[] = [];
    const columns = new Map<string, string[]>();
    this.#members(list, texts, columns);
    for (const split of [texts, ...columns.values()]) {
      if (split.length > 1) this.#visitor.fragments(split, this.#pointer);
    }
  }

  #members(list: readonly JsonValue[], texts?: string[], columns?: Map<string, string[]>): void {
    for (const [place, member] of list.entries()) {
      this.#path.push(place);
      if (typeof member === 'string') texts?.push(member);
      if (Array.isArray(member)) this.#members(member as readonly JsonValue[], texts, columns);
      else {
        if (columns !== undefined && typeof member === 'object' && member !== null)
          gather(member as Record<string, JsonValue>, columns);
        this.value(member);
      }
      this.#path.pop();
    }
  }
}

const gather = (fields: Readonly<Record<string, JsonValue>>, columns: Map<string, string[]>): void => {
  for (const key in fields) {
    const value = fields[key];
    if (typeof value !== 'string') continue;
    const column = columns.get(key);
    if (column !== undefined) column.push(value);
    else if (columns.size < mostColumns) columns.set(key, [value]);
  }
};

/** Visits every text of a content, at any depth, in order. */
export const walkContent = (content: JsonValue, visitor: ContentVisitor): void => new Walk(visitor).value(content);
