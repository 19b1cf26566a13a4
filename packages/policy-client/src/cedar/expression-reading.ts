/** The attribute of a variable that an expression reads, or asks for with `has`. */
interface MemberRead {
  readonly of: 'context' | 'agent';
  readonly name: string;
}

/** What attributes are read of in plain sight. */
type Variable = 'context' | 'principal' | 'resource';

/** What matters here of a policy's conditions. */
export interface ExpressionReading {
  readonly members: readonly MemberRead[];
  /** The context is used in another way than for one of its attributes. */
  readonly wholeContext: boolean;
  /** Every attribute that is read or asked for, of whatever. */
  readonly attributes: ReadonlySet<string>;
  /** Of whom attributes are read or asked for; of anything but plain variables: of anybody. */
  readonly readOf: ReadonlySet<Variable | 'anybody'>;
  /** The attributes that are read or asked for, by whose they are. */
  readonly attributesOf: ReadonlyMap<Variable | 'anybody', ReadonlySet<string>>;
  /** The ids of the agents that stand in it. */
  readonly agents: ReadonlySet<string>;
  /** It asks who belongs to what, of anything but an action. */
  readonly ancestors: boolean;
  /** Actions that stand anywhere but on the right of `in`. */
  readonly actionsOutsideIn: ReadonlySet<string>;
}

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Walks an expression in Cedar's JSON. A form that it does not know is walked like any other, so that what is inside
 * counts: a context that is reached in an unknown way counts as used whole.
 */
class Walk implements ExpressionReading {
  readonly members: MemberRead[] = [];
  wholeContext = false;
  readonly attributes = new Set<string>();
  readonly readOf = new Set<Variable | 'anybody'>();
  readonly attributesOf = new Map<Variable | 'anybody', Set<string>>();
  readonly agents = new Set<string>();
  ancestors = false;
  readonly actionsOutsideIn = new Set<string>();

  expression(value: unknown, rightOfIn = false): void {
    if (!isNode(value)) return;
    for (const [operator, operand] of Object.entries(value)) this.#operation(operator, operand, rightOfIn);
  }

  #operation(operator: string, operand: unknown, rightOfIn: boolean): void {
    if (operator === 'Var') this.wholeContext ||= operand === 'context';
    else if (operator === 'Value') this.#literal(operand, rightOfIn);
    else if (operator === '.' || operator === 'has') this.#member(operand);
    else if (operator === 'in' && isNode(operand)) this.#in(operand);
    else {
      // `is … in …` is one operation.
      this.ancestors ||= operator === 'is' && isNode(operand) && 'in' in operand;
      this.#operands(operand, operator === 'Set' && rightOfIn);
    }
  }

  #in({ left, right }: Node): void {
    this.ancestors ||= !isVariable(left, 'action');
    this.expression(left);
    this.expression(right, true);
  }

  /** A list or a record of expressions, whatever the operator. */
  #operands(operand: unknown, rightOfIn: boolean): void {
    if (typeof operand !== 'object' || operand === null) return;
    for (const each of Object.values(operand)) {
      if (Array.isArray(each)) this.#operands(each, rightOfIn);
      else this.expression(each, rightOfIn);
    }
  }

  #member(operand: unknown): void {
    if (!isNode(operand)) return;
    const { left, attr } = operand;
    const names: readonly unknown[] = Array.isArray(attr) ? attr : [attr];
    for (const each of names) if (typeof each === 'string') this.attributes.add(each);
    const [name] = names;
    const variable = isNode(left) ? variableOf(left) : undefined;
    this.#reads(variable ?? 'anybody', names);
    if (variable === undefined || typeof name !== 'string') this.expression(left);
    else this.members.push({ of: variable === 'context' ? 'context' : 'agent', name });
  }

  /** Of a path the first name is the agent's: its attributes have none of their own, so counting all only counts more. */
  #reads(whose: Variable | 'anybody', names: readonly unknown[]): void {
    this.readOf.add(whose);
    const read = this.attributesOf.get(whose) ?? new Set();
    this.attributesOf.set(whose, read);
    for (const each of names) if (typeof each === 'string') read.add(each);
  }

  #literal(value: unknown, rightOfIn: boolean): void {
    if (!isNode(value)) return;
    const { __entity: entity } = value;
    if (isNode(entity) && entity['type'] === 'Agent') this.agents.add(String(entity['id']));
    if (!rightOfIn && isNode(entity) && entity['type'] === 'Action') this.actionsOutsideIn.add(String(entity['id']));
  }
}

const isVariable = (node: unknown, name: string): boolean => isNode(node) && node['Var'] === name;

const variableOf = ({ Var: variable }: Node): Variable | undefined =>
  variable === 'context' || variable === 'principal' || variable === 'resource' ? variable : undefined;

/** Reads the bodies of a policy's conditions. */
export const readExpressions = (bodies: readonly unknown[]): ExpressionReading => {
  const walk = new Walk();
  for (const body of bodies) walk.expression(body);
  return walk;
};
