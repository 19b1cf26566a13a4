import { type CelNode, childrenOf, type NodeView, renameCall, viewOf } from './cel-node.js';
import { ExpressionFault } from './expression-fault.js';
import { functionRefusal } from './functions-allowed.js';
import { renamed } from './own-functions.js';

/** What names mean where an expression stands. */
export interface Vocabulary {
  readonly tables: ReadonlySet<string>;
  readonly providers: ReadonlySet<string>;
  /** Everything that is not a variable of a macro. */
  readonly isKnown: (name: string) => boolean;
}

/** What an expression mentions. */
export interface Mentions {
  readonly names: Set<string>;
  readonly providers: Set<string>;
}

const advised = {
  table: (name: string) =>
    `${name} is a table: take a row by its key, as in ${name}[key], or ask whether key in ${name}.`,
  has: 'has() takes fields behind dots only, as in has(args.insurance). Of a row in a table ask table[?key].?field.hasValue().',
};

/** Checks what needs no types, and puts our functions in the place of those of cel-js. */
class Scan {
  readonly mentions: Mentions = { names: new Set(), providers: new Set() };
  readonly #vocabulary: Vocabulary;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  node(node: CelNode, bound: readonly string[]): void {
    const view = viewOf(node);
    if (view.is === 'identifier') this.#identifier(node, view.name, bound);
    else if (view.is === 'call' || view.is === 'method') this.#call(node, view);
    else if (view.is === 'has') this.#has(node, view);
    if (view.is === 'macro') this.#macro(view, bound);
    else for (const child of this.#outsideTables(view)) this.node(child, bound);
  }

  #macro(view: NodeView & { is: 'macro' }, bound: readonly string[]): void {
    const variable = viewOf(view.variable);
    // cel-js has refused a macro whose first operand is anything else.
    if (variable.is !== 'identifier') return;
    if (bound.includes(variable.name) || this.#vocabulary.isKnown(variable.name)) {
      throw new ExpressionFault(view.variable.start, `${variable.name} already has a meaning here: take another name.`);
    }
    this.node(view.receiver, bound);
    for (const body of view.bodies) this.node(body, [...bound, variable.name]);
  }

  #identifier(node: CelNode, name: string, bound: readonly string[]): void {
    if (bound.includes(name)) return;
    if (this.#vocabulary.tables.has(name)) throw new ExpressionFault(node.pos, advised.table(name));
    this.mentions.names.add(name);
  }

  #has(node: CelNode, view: NodeView & { is: 'has' }): void {
    const [operand] = view.operands;
    let at = operand && viewOf(operand);
    if (at?.is !== 'select') throw new ExpressionFault(operand?.start ?? node.start, advised.has);
    while (at.is === 'select' && !at.optional) at = viewOf(at.target);
    if (at.is !== 'identifier') throw new ExpressionFault(operand?.start ?? node.start, advised.has);
  }

  #call(node: CelNode, view: NodeView & { is: 'call' | 'method' }): void {
    const { name } = view;
    if (view.is === 'call' && this.#vocabulary.providers.has(name)) {
      this.mentions.providers.add(name);
      return;
    }
    const refusal = functionRefusal(name, view.is === 'method');
    if (refusal !== undefined) throw new ExpressionFault(node.pos, refusal);
    const own = renamed(name, view.is === 'method');
    if (own !== undefined) renameCall(node, own);
  }

  /** The children, but for a table that is used as tables may be. */
  #outsideTables(view: NodeView): readonly CelNode[] {
    const table =
      view.is === 'index'
        ? view.target
        : view.is === 'operator' && view.operator === 'in'
          ? view.operands[1]
          : undefined;
    const name = table && viewOf(table);
    if (name?.is !== 'identifier' || !this.#vocabulary.tables.has(name.name)) return childrenOf(view);
    this.mentions.names.add(name.name);
    return childrenOf(view).filter((child) => child !== table);
  }
}

/** @throws ExpressionFault */
export const scanSyntax = (root: CelNode, vocabulary: Vocabulary): Mentions => {
  const scan = new Scan(vocabulary);
  scan.node(root, []);
  return scan.mentions;
};
