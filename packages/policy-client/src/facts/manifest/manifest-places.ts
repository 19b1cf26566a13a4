import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  Scalar,
} from 'yaml';
import type { SourceText } from '../../source/read-sources.js';

type Step = string | number;

export interface Place {
  readonly line?: number;
  readonly column?: number;
}

const escapes: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

/** How many characters of the source stand for the first character of a value that is written there. */
const sourceLength = (source: string, at: number, type: string): number => {
  if (type === Scalar.QUOTE_SINGLE) return source.startsWith("''", at) ? 2 : 1;
  if (type === Scalar.QUOTE_DOUBLE && source[at] === '\\') return escapes[source[at + 1] ?? ''] ?? 2;
  return 1;
};

/** Where in the text an offset of a scalar's value is; its start where lines were folded or joined. */
const offsetInScalar = (text: string, scalar: Scalar, range: readonly [number, number], offset: number): number => {
  const [start, end] = range;
  const source = text.slice(start, end);
  const { type } = scalar;
  if (type === undefined || source.includes('\n') || source.startsWith('|') || source.startsWith('>')) return start;
  const quotes = type === Scalar.QUOTE_SINGLE || type === Scalar.QUOTE_DOUBLE ? 1 : 0;
  let at = quotes;
  for (let passed = 0; passed < offset; passed++) at += sourceLength(source, at, type);
  return start + Math.min(at, source.length - quotes);
};

/** Finds where in a manifest's text something stands. */
export class ManifestPlaces {
  readonly #lines = new LineCounter();
  readonly #document: Document;
  readonly #text: string;

  constructor(source: SourceText) {
    this.#text = source.text;
    this.#document = parseDocument(source.text, { lineCounter: this.#lines, prettyErrors: false });
  }

  /**
   * The place of a value, or of the innermost thing around it that exists.
   *
   * @param offset inside of a value that is a text.
   */
  of(path: readonly Step[], offset = 0): Place {
    const node = this.#innermost(path);
    if (!isNode(node) || !node.range) return {};
    const [start, end] = node.range;
    return this.#place(isScalar(node) ? offsetInScalar(this.#text, node, [start, end], offset) : start);
  }

  /** The place of a key rather than of its value. */
  ofKey(path: readonly Step[]): Place {
    const holder = this.#innermost(path.slice(0, -1));
    const key = path.at(-1);
    if (!isMap(holder)) return this.of(path);
    const found = holder.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.key;
    return isScalar(found) && found.range ? this.#place(found.range[0]) : this.of(path);
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  #innermost(path: readonly Step[]): unknown {
    let node: unknown = this.#document.contents;
    for (const step of path) {
      const next: unknown = isCollection(node) ? node.get(step, true) : undefined;
      const resolved = isAlias(next) ? next.resolve(this.#document) : next;
      if (!isNode(resolved)) return node;
      node = resolved;
    }
    return node;
  }
}
