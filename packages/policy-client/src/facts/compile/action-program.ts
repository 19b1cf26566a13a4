import type { FactsManifest } from '@charterbus/core-models';
import type { CheckedExpression } from '../expressions/check-expression.js';
import { factTypeOf } from '../expressions/fact-type.js';
import type { ActionDeclaration, FactDeclaration } from '../fact-value.js';
import type { Resolver } from '../gather/scope.js';
import type { Report } from '../manifest/report.js';
import { ActionCompiler, type ExpressionContext, type Variable } from './action-compiler.js';

export interface FactProgram {
  readonly declaration: FactDeclaration;
  readonly evaluate: CheckedExpression['evaluate'];
  /** Whether its expression, or a name that stands in it, mentions the recipient. */
  readonly ofRecipient: boolean;
}

/** One action with all its facts, ready to be evaluated. */
export interface ActionProgram {
  readonly declaration: ActionDeclaration;
  readonly facts: ReadonlyMap<string, FactProgram>;
  readonly resolvers: ReadonlyMap<string, Resolver>;
}

type FactManifest = FactsManifest['send'][string];

/** The facts of one part of the manifest. */
interface FactSection {
  readonly path: readonly string[];
  readonly facts: Readonly<Record<string, FactManifest>>;
}

export interface ActionSource {
  readonly name: string;
  readonly tool: boolean;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly sections: readonly FactSection[];
}

const compileFact = (
  compiler: ActionCompiler,
  report: Report,
  { path }: FactSection,
  name: string,
  fact: FactManifest,
): FactProgram | undefined => {
  const { value, optional, redact } = typeof fact === 'string' ? { value: fact, optional: false, redact: false } : fact;
  const place = typeof fact === 'string' ? [...path, name] : [...path, name, 'value'];
  const checked = compiler.compile(value, place);
  if (checked === undefined) return undefined;
  const found = factTypeOf(checked.type);
  if ('refusal' in found) {
    report.at(place, found.refusal);
    return undefined;
  }
  const { evaluate, ofRecipient } = checked;
  return { declaration: { name, type: found.type, optional, redact }, evaluate, ofRecipient };
};

/** Compiles the facts of one action; what is wrong with them is reported, and they are left out. */
export const compileAction = (context: ExpressionContext, source: ActionSource): ActionProgram => {
  const compiler = new ActionCompiler(context, source.variables);
  const facts = new Map<string, FactProgram>();
  for (const section of source.sections) {
    for (const [name, fact] of Object.entries(section.facts)) {
      if (facts.has(name))
        context.report.atKey([...section.path, name], `${name} is already a fact of every message at send.`);
      const program = compileFact(compiler, context.report, section, name, fact);
      if (program !== undefined) facts.set(name, program);
    }
  }
  const declared = new Map([...facts].map(([name, { declaration }]) => [name, declaration]));
  return {
    declaration: { name: source.name, tool: source.tool, facts: declared },
    facts,
    resolvers: compiler.resolvers,
  };
};
