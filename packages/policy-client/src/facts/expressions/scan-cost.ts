import type { RecordType, ValueType } from '../types/value-type.js';
import { type CelNode, type CelType, childrenOf, type NodeView, viewOf } from './cel-node.js';
import { ExpressionFault } from './expression-fault.js';

export interface CostContext {
  readonly records: ReadonlyMap<string, RecordType>;
  /** How many times longer than the limits of the manifest the value of a name may be. */
  readonly weightOf: (name: string) => number;
}

/** Loops inside loops: each multiplies the time by the length of a list. */
const deepest = 2;
/** How many times longer than the limits of the manifest a list or text may become by `+`. */
const heaviest = { list: 4, other: 64 };

const tooDeep = `Lists are gone through at most ${deepest} deep: each level multiplies the time. (Comparing lists is a level, too.)`;
const tooLong = 'This may become too long: it is put together of too many parts.';

/** The loops around a node: how many, and how much longer, all together, they are for lists that were put together. */
interface Loops {
  readonly depth: number;
  readonly weight: number;
}

const isList = (node: CelNode | undefined): boolean => node?.checkedType?.kind === 'list';
const isLiteral = (node: CelNode | undefined): boolean => node?.op === 'list';

/** Lists and maps inside each other. */
const levelsOf = (type: ValueType): number => {
  if (type.kind === 'list') return 1 + levelsOf(type.item);
  if (type.kind === 'map') return 1 + levelsOf(type.value);
  if (type.kind !== 'record') return 0;
  return Math.max(0, ...[...type.record.fields.values()].map((field) => levelsOf(field.type)));
};

/** Weighs expressions by how much longer than any input their value may be. */
class Scan {
  readonly #context: CostContext;

  constructor(context: CostContext) {
    this.#context = context;
  }

  /** Checks what is below a node, and weighs it. */
  weigh(node: CelNode, loops: Loops): number {
    const view = viewOf(node);
    const weights =
      view.is === 'macro' ? this.#macro(view, loops) : childrenOf(view).map((child) => this.weigh(child, loops));
    if (view.is === 'operator' && loops.depth + this.#iterates(view, loops) > deepest) {
      throw new ExpressionFault(node.start, tooDeep);
    }
    const weight = this.#combine(node, view, weights);
    if (weight > (isList(node) ? heaviest.list : heaviest.other)) throw new ExpressionFault(node.start, tooLong);
    return weight;
  }

  #macro({ receiver, variable, bodies }: NodeView & { is: 'macro' }, loops: Loops): readonly number[] {
    if (loops.depth >= deepest) throw new ExpressionFault(variable.start, tooDeep);
    const weight = this.weigh(receiver, loops);
    const inner = { depth: loops.depth + 1, weight: loops.weight * weight };
    if (inner.weight > heaviest.list) throw new ExpressionFault(receiver.start, tooLong);
    return [weight, ...bodies.map((body) => this.weigh(body, inner))];
  }

  /** How many loops an operator is inside of a loop: it goes through lists and maps, and through those in them. */
  #iterates({ operator, operands }: NodeView & { is: 'operator' }, { depth }: Loops): number {
    const [left, right] = operands;
    if (depth === 0) return 0;
    if (operator === 'in') return isList(right) && !isLiteral(right) ? this.#levels(right?.checkedType) : 0;
    return operator === '==' || operator === '!=' ? this.#levels(left?.checkedType) : 0;
  }

  #levels(type: CelType | undefined): number {
    if (type === undefined) return 0;
    if (type.valueType !== undefined) return 1 + this.#levels(type.valueType);
    const record = this.#context.records.get(type.name);
    return record === undefined ? 0 : levelsOf({ kind: 'record', record });
  }

  #combine(node: CelNode, view: NodeView, weights: readonly number[]): number {
    if (view.is === 'identifier') return this.#context.weightOf(view.name);
    if (view.is === 'select' || view.is === 'index') return 1;
    if (view.is === 'method' && view.name === 'join') return heaviest.other;
    const grows = node.op === '+' && (isList(node) || node.checkedType?.name === 'string');
    return grows ? weights.reduce((sum, weight) => sum + weight, 0) : Math.max(1, ...weights);
  }
}

/**
 * How many times longer than the inputs' limits the value of a checked expression may be.
 *
 * @throws ExpressionFault where it could take too long or become too large.
 */
export const weigh = (root: CelNode, context: CostContext): number =>
  new Scan(context).weigh(root, { depth: 0, weight: 1 });
