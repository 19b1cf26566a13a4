import { type CelNode, childrenOf, type NodeView, viewOf } from './cel-node.js';
import { ExpressionFault } from './expression-fault.js';
import { FactFault } from './fault.js';
import { stepsToCall, stepsToOperate } from './steps-of.js';

/** Told of work before it is done. One step is some 25 ns. @throws FactFault where there was enough of it. */
export type Spend = (steps: number) => void;

/** The steps that cel-js takes at a node, once its operands are worked out. */
type Handle = (...given: readonly unknown[]) => unknown;
interface Handled {
  handle?: Handle;
  /** What stands for a macro. */
  readonly meta: { readonly alternate?: Handled };
}

const arithmetic: ReadonlySet<string> = new Set(['+', '-', '*', '/']);

/** Neither more nor less than any limit, so that whatever is compared with it seems to be within. */
const isNumber = (value: unknown): boolean => typeof value !== 'number' || Number.isFinite(value);

const lengthOf = (given: unknown): number =>
  Array.isArray(given) ? given.length : given instanceof Map ? given.size : 100;

/** Puts something before what cel-js does at a node. */
const before = (node: CelNode, handled: Handled | undefined, act: (given: readonly unknown[]) => void): void => {
  const handle = handled?.handle;
  // Without it, a later cel-js would do its work unseen.
  if (handled === undefined || handle === undefined) throw new ExpressionFault(node.start, 'This cannot be bounded.');
  handled.handle = (...given) => {
    act(given);
    return handle(...given);
  };
};

const onlyNumbers = (node: CelNode, handled: Handled): void => {
  const { handle } = handled;
  if (handle === undefined) throw new ExpressionFault(node.start, 'This cannot be bounded.');
  handled.handle = (...given) => {
    const value = handle(...given);
    if (isNumber(value)) return value;
    throw new FactFault('FACT_UNAVAILABLE', `The result of ${node.op} is no number.`);
  };
};

const isHeavy = ({ checkedType: type }: CelNode): boolean =>
  type !== undefined && (type.kind !== 'primitive' || type.name === 'string');

/** Has every step of a checked expression counted that depends on its inputs, before it is taken. */
class Watch {
  readonly #spend: Spend;

  constructor(spend: Spend) {
    this.#spend = spend;
  }

  /** The nodes at and below this one, but for what loops repeat. */
  node(node: CelNode): number {
    const view = viewOf(node);
    const handled = node as unknown as Handled;
    if (view.is === 'macro') return this.#macro(node, handled, view);
    if (view.is === 'call') before(node, handled, ([given]) => this.#call(view.name, given));
    if (view.is === 'method' && handled.handle !== undefined)
      before(node, handled, ([given]) => this.#call(view.name, given));
    if (view.is === 'operator') this.#operator(node, handled, view);
    return view.is === 'has' ? 4 : childrenOf(view).reduce((sum, child) => sum + this.node(child), 1);
  }

  #macro(node: CelNode, handled: Handled, { receiver, bodies }: NodeView & { is: 'macro' }): number {
    const inside = bodies.reduce((sum, body) => sum + this.node(body), 3);
    before(node, handled.meta.alternate, ([items]) => this.#spend(lengthOf(items) * inside));
    return 1 + this.node(receiver);
  }

  #operator(node: CelNode, handled: Handled, { operator, operands }: NodeView & { is: 'operator' }): void {
    // `&&`, `||` and `?:` go through nothing.
    if (handled.handle === undefined || operands.length !== 2) return;
    if (operands.some(isHeavy))
      before(node, handled, ([left, right]) => this.#spend(stepsToOperate(operator, left, right)));
    else if (arithmetic.has(operator) && node.checkedType?.name === 'double') onlyNumbers(node, handled);
  }

  #call(name: string, given: unknown): void {
    this.#spend(stepsToCall(name, Array.isArray(given) ? given : []));
  }
}

/**
 * To be called once, after the check.
 *
 * @returns the steps that the expression takes besides those that are told.
 * @throws ExpressionFault
 */
export const watch = (root: CelNode, spend: Spend): number => new Watch(spend).node(root);
