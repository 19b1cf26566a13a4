import { type CelNode, childrenOf, type NodeView, viewOf } from './cel-node.js';
import { ExpressionFault } from './expression-fault.js';

/** Loops inside loops: each multiplies the time by the length of a list. */
const deepest = 2;
/** How many times longer than the limits of the manifest a list or text may become by `+`. */
const heaviest = { list: 4, other: 64 };

const tooDeep = `Lists are gone through at most ${deepest} deep: each level multiplies the time. (Comparing lists is a level, too.)`;

const isList = (node: CelNode | undefined): boolean => node?.checkedType?.kind === 'list';
const isLiteral = (node: CelNode): boolean => node.op === 'list';

/** Whether an operator goes through a list, or all of a map. */
const iterates = ({ operator, operands }: NodeView & { is: 'operator' }): boolean => {
  const [left, right] = operands;
  if (operator === 'in') return right !== undefined && isList(right) && !isLiteral(right);
  return (operator === '==' || operator === '!=') && (isList(left) || left?.checkedType?.kind === 'map');
};

/** Weighs expressions by how much longer than any input their value may be. */
class Scan {
  readonly #weightOf: (name: string) => number;

  constructor(weightOf: (name: string) => number) {
    this.#weightOf = weightOf;
  }

  /** Checks what is below a node, and weighs it. */
  weigh(node: CelNode, loops: number): number {
    const view = viewOf(node);
    const weights =
      view.is === 'macro' ? this.#macro(view, loops) : childrenOf(view).map((child) => this.weigh(child, loops));
    if (view.is === 'operator' && loops >= deepest && iterates(view)) throw new ExpressionFault(node.start, tooDeep);
    const weight = this.#combine(node, view, weights);
    const most = isList(node) ? heaviest.list : heaviest.other;
    if (weight > most)
      throw new ExpressionFault(node.start, 'This may become too long: it is put together of too many parts.');
    return weight;
  }

  #macro({ receiver, variable, bodies }: NodeView & { is: 'macro' }, loops: number): readonly number[] {
    if (loops >= deepest) throw new ExpressionFault(variable.start, tooDeep);
    return [this.weigh(receiver, loops), ...bodies.map((body) => this.weigh(body, loops + 1))];
  }

  #combine(node: CelNode, view: NodeView, weights: readonly number[]): number {
    if (view.is === 'identifier') return this.#weightOf(view.name);
    if (view.is === 'select' || view.is === 'index') return 1;
    if (view.is === 'method' && view.name === 'join') return heaviest.other;
    const grows = node.op === '+' && (isList(node) || node.checkedType?.name === 'string');
    return grows ? weights.reduce((sum, weight) => sum + weight, 0) : Math.max(1, ...weights);
  }
}

/**
 * How many times longer than the inputs' limits the value of a checked expression may be.
 *
 * @param weightOf the same of the names that it mentions.
 * @throws ExpressionFault where it could take too long or become too large.
 */
export const weigh = (root: CelNode, weightOf: (name: string) => number): number => new Scan(weightOf).weigh(root, 0);
