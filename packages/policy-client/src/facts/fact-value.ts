/** A value of a fact: what Cedar can take in its context. */
export type FactScalar =
  | string
  | boolean
  /** A whole number within ±(2^53 − 1). */
  | number
  /** Milliseconds since the epoch. */
  | { readonly timestamp: number }
  | { readonly milliseconds: number };

/** A list stands for a set: policies do not see its order or how often something is in it. */
export type FactValue = FactScalar | readonly FactScalar[];

export type FactScalarType = 'string' | 'bool' | 'int' | 'timestamp' | 'duration';

/** The type of a fact, from which the Cedar schema of the context follows. */
export type FactType = FactScalarType | { readonly setOf: FactScalarType };

/** One fact of one action, as policies may see it. */
export interface FactDeclaration {
  readonly name: string;
  readonly type: FactType;
  readonly optional: boolean;
  readonly redact: boolean;
}

/** What policies are asked about: the two points, and each tool that the constitution declares, as a kind of `send`. */
export interface ActionDeclaration {
  /** `send`, `receive` or the name of a tool. */
  readonly name: string;
  readonly tool: boolean;
  /** By name. */
  readonly facts: ReadonlyMap<string, FactDeclaration>;
}
