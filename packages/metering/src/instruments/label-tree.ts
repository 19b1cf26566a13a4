import { type LabelDeclaration, otherValue } from './metric.js';

/** What a tree keeps of the values of one label. */
interface Known {
  readonly admits: (value: string) => boolean;
}

/** Values beyond this length are no names of anything that was declared. */
const longestValue = 128;

const knownOf = (label: LabelDeclaration): Known => {
  if ('values' in label) {
    const values = new Set(label.values);
    return { admits: (value) => values.has(value) };
  }
  const seen = new Set<string>();
  return {
    admits(value) {
      if (seen.has(value)) return true;
      if (seen.size >= label.most || value.length > longestValue) return false;
      seen.add(value);
      return true;
    },
  };
};

type Node<Cell> = Map<string, Node<Cell> | Cell>;

/**
 * The series of one metric, by the values of its labels in their order. Never more of them than the declarations allow: what a
 * label has no room for is `other`, and is not remembered.
 */
export class LabelTree<Cell> {
  readonly cells: Cell[] = [];
  readonly #labels: readonly Known[];
  readonly #make: (labels: readonly string[]) => Cell;
  readonly #root: Node<Cell> = new Map<string, Node<Cell> | Cell>();
  #only: Cell | undefined;

  constructor(labels: readonly LabelDeclaration[], make: (labels: readonly string[]) => Cell) {
    this.#labels = labels.map(knownOf);
    this.#make = make;
  }

  /** @throws RangeError where there are not as many values as labels. */
  at(values: readonly string[]): Cell {
    if (values.length !== this.#labels.length) throw new RangeError(`There are ${this.#labels.length} labels.`);
    if (values.length === 0) return (this.#only ??= this.#made(values));
    let node: Node<Cell> | Cell | undefined = this.#root;
    for (const value of values) {
      node = (node as Node<Cell>).get(value);
      if (node === undefined) return this.#bounded(values);
    }
    return node as Cell;
  }

  #bounded(values: readonly string[]): Cell {
    const bounded = values.map((value, place) => (this.#labels[place]?.admits(value) === true ? value : otherValue));
    let node = this.#root;
    for (const value of bounded.slice(0, -1)) {
      const next = (node.get(value) as Node<Cell> | undefined) ?? new Map<string, Node<Cell> | Cell>();
      node.set(value, next);
      node = next;
    }
    const last = bounded.at(-1) ?? otherValue;
    const cell = (node.get(last) as Cell | undefined) ?? this.#made(bounded);
    node.set(last, cell);
    return cell;
  }

  #made(labels: readonly string[]): Cell {
    const cell = this.#make(Object.freeze(labels.slice()));
    this.cells.push(cell);
    return cell;
  }
}
