import type { ASTNode } from '@marcbachmann/cel-js';

/** A type as the checker of cel-js leaves it at a node. */
export interface CelType {
  readonly kind: string;
  readonly name: string;
  readonly hasDynType: boolean;
  readonly hasPlaceholderType: boolean;
  readonly keyType?: CelType;
  readonly valueType?: CelType;
}

/** A node of cel-js's syntax tree, as far as facts look at it. */
export interface CelNode {
  readonly op: string;
  readonly args: unknown;
  /** Where it begins; for a field behind a dot, where the field's name does. */
  readonly pos: number;
  readonly start: number;
  /** After the check. Not of variables of macros, nor of what `has` looks at. */
  readonly checkedType?: CelType;
}

/** The same node by what it is. */
export type NodeView =
  | { readonly is: 'literal' }
  | { readonly is: 'identifier'; readonly name: string }
  | { readonly is: 'select'; readonly target: CelNode; readonly field: string; readonly optional: boolean }
  | { readonly is: 'index'; readonly target: CelNode; readonly index: CelNode }
  | { readonly is: 'call'; readonly name: string; readonly operands: readonly CelNode[] }
  | { readonly is: 'method'; readonly name: string; readonly receiver: CelNode; readonly operands: readonly CelNode[] }
  | {
      /** `list.all(variable, …)` and its kind. */
      readonly is: 'macro';
      readonly name: string;
      readonly receiver: CelNode;
      readonly variable: CelNode;
      readonly bodies: readonly CelNode[];
    }
  | { readonly is: 'has'; readonly operands: readonly CelNode[] }
  | { readonly is: 'operator'; readonly operator: string; readonly operands: readonly CelNode[] }
  | { readonly is: 'aggregate'; readonly items: readonly CelNode[] };

const macros: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const methodView = (args: readonly [string, CelNode, readonly CelNode[]]): NodeView => {
  const [name, receiver, operands] = args;
  const [variable, ...bodies] = operands;
  return macros.has(name) && variable !== undefined
    ? { is: 'macro', name, receiver, variable, bodies }
    : { is: 'method', name, receiver, operands };
};

const callView = ([name, operands]: readonly [string, readonly CelNode[]]): NodeView =>
  name === 'has' ? { is: 'has', operands } : { is: 'call', name, operands };

type Select = readonly [CelNode, string];
type Index = readonly [CelNode, CelNode];

const views: Readonly<Record<string, (args: unknown, operator: string) => NodeView>> = {
  value: () => ({ is: 'literal' }),
  id: (args) => ({ is: 'identifier', name: args as string }),
  '.': (args) => ({ is: 'select', target: (args as Select)[0], field: (args as Select)[1], optional: false }),
  '.?': (args) => ({ is: 'select', target: (args as Select)[0], field: (args as Select)[1], optional: true }),
  '[]': (args) => ({ is: 'index', target: (args as Index)[0], index: (args as Index)[1] }),
  '[?]': (args) => ({ is: 'index', target: (args as Index)[0], index: (args as Index)[1] }),
  call: (args) => callView(args as readonly [string, readonly CelNode[]]),
  rcall: (args) => methodView(args as readonly [string, CelNode, readonly CelNode[]]),
  list: (args) => ({ is: 'aggregate', items: args as readonly CelNode[] }),
  map: (args) => ({ is: 'aggregate', items: (args as readonly Index[]).flat() }),
  '!_': (args, operator) => ({ is: 'operator', operator, operands: [args as CelNode] }),
  '-_': (args, operator) => ({ is: 'operator', operator, operands: [args as CelNode] }),
};

const binary = (args: unknown, operator: string): NodeView => ({
  is: 'operator',
  operator,
  operands: args as readonly CelNode[],
});

export const viewOf = (node: CelNode): NodeView => (views[node.op] ?? binary)(node.args, node.op);

/** What a node is made of, but for the variables of macros. */
export const childrenOf = (view: NodeView): readonly CelNode[] => {
  switch (view.is) {
    case 'literal':
    case 'identifier':
      return [];
    case 'select':
      return [view.target];
    case 'index':
      return [view.target, view.index];
    case 'method':
      return [view.receiver, ...view.operands];
    case 'macro':
      return [view.receiver, ...view.bodies];
    case 'aggregate':
      return view.items;
    default:
      return view.operands;
  }
};

export const nodeOf = (ast: ASTNode): CelNode => ast;

/** Calls another function: cel-js has no other way to put something in place of a function that it comes with. */
export const renameCall = (node: CelNode, name: string): void => {
  (node.args as [string])[0] = name;
};
