import type { Environment } from '@marcbachmann/cel-js';
import { type CheckedExpression, checkExpression, parseExpression } from '../expressions/check-expression.js';
import { ExpressionFault } from '../expressions/expression-fault.js';
import type { Vocabulary } from '../expressions/scan-syntax.js';
import type { Spend } from '../expressions/watch.js';
import type { Resolver } from '../gather/scope.js';
import type { Report } from '../manifest/report.js';
import type { RecordType } from '../types/value-type.js';
import type { Usage } from './usage.js';

export interface Variable {
  /** The name of its type in CEL. */
  readonly type: string;
  readonly resolve: Resolver;
}

/** What all actions share. */
export interface ExpressionContext {
  /** With types, functions and providers; each action has a copy. */
  readonly environment: Environment;
  readonly vocabulary: Vocabulary;
  readonly records: ReadonlyMap<string, RecordType>;
  /** The manifest's `names`. */
  readonly names: Readonly<Record<string, string>>;
  readonly usage: Usage;
  readonly report: Report;
  /** Told of the work of an evaluation before it is done. */
  readonly spend: Spend;
}

export interface CompiledExpression extends CheckedExpression {
  /** Whether it mentions the recipient, by itself or by a name. */
  readonly ofRecipient: boolean;
}

/** Checks and compiles the expressions of one action. */
export class ActionCompiler {
  /** What names mean in this action. */
  readonly resolvers = new Map<string, Resolver>();
  readonly #context: ExpressionContext;
  readonly #environment: Environment;
  /** Names by whether they could be compiled; `undefined` while they are. */
  readonly #names = new Map<string, boolean | undefined>();
  /** What a misspelt name may mean. */
  readonly #meant: readonly string[];
  /** What means something else for another recipient. */
  readonly #ofRecipient = new Set(['recipient']);
  readonly #weights = new Map<string, number>();
  readonly #weightOf = (name: string): number => this.#weights.get(name) ?? 1;

  constructor(context: ExpressionContext, variables: ReadonlyMap<string, Variable>) {
    this.#context = context;
    this.#meant = [...variables.keys(), ...Object.keys(context.names)];
    this.#environment = context.environment.clone();
    for (const [name, { type, resolve }] of variables) {
      this.#environment.registerVariable(name, type);
      this.resolvers.set(name, resolve);
    }
  }

  /** Reports what is wrong with an expression at a place of the manifest. */
  compile(text: string, path: readonly string[]): CompiledExpression | undefined {
    const { vocabulary, records, usage, report, spend } = this.#context;
    try {
      const parsed = parseExpression(this.#environment, text, vocabulary);
      for (const provider of parsed.mentions.providers) usage.providers.add(provider);
      let complete = true;
      for (const name of parsed.mentions.names) complete = this.#declare(name) && complete;
      if (!complete) return undefined;
      const known = { records, names: this.#meant, onUse: usage.onField };
      const ofRecipient = [...parsed.mentions.names].some((name) => this.#ofRecipient.has(name));
      return { ...checkExpression(parsed, known, this.#weightOf, spend), ofRecipient };
    } catch (error) {
      if (!(error instanceof ExpressionFault)) throw error;
      report.at(path, error.message, error.offset);
      return undefined;
    }
  }

  /** Makes a name known to the environment; false where it was reported and nothing more can be said. */
  #declare(name: string): boolean {
    const { vocabulary, names, usage } = this.#context;
    if (vocabulary.tables.has(name)) usage.tables.add(name);
    const text = Object.hasOwn(names, name) ? names[name] : undefined;
    if (text === undefined) return true;
    usage.names.add(name);
    if (!this.#names.has(name)) this.#compileName(name, text);
    const compiled = this.#names.get(name);
    if (compiled === undefined) this.#context.report.at(['names', name], `${name} depends on itself.`);
    return compiled === true;
  }

  #compileName(name: string, text: string): void {
    this.#names.set(name, undefined);
    const path = ['names', name];
    const checked = this.compile(text, path);
    const closed = checked !== undefined && !checked.isOpen;
    if (checked !== undefined && checked.isOpen)
      this.#context.report.at(path, 'The type of an empty list or map cannot be told.');
    this.#names.set(name, closed);
    if (!closed) return;
    this.#environment.registerVariable(name, checked.type);
    this.#weights.set(name, checked.weight);
    this.resolvers.set(name, (scope) => checked.evaluate(scope));
    if (checked.ofRecipient) this.#ofRecipient.add(name);
  }
}
