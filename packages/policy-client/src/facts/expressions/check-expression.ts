import {
  type ASTNode,
  TypeError as CelTypeError,
  type Environment,
  ParseError,
  type ParseResult,
} from '@marcbachmann/cel-js';
import { didYouMean } from '../manifest/nearest.js';
import { nodeOf, viewOf } from './cel-node.js';
import { ExpressionFault } from './expression-fault.js';
import { withPlainNames } from './own-functions.js';
import { weigh } from './scan-cost.js';
import { type Mentions, scanSyntax, type Vocabulary } from './scan-syntax.js';
import { type KnownRecords, noField, scanTypes, typeText } from './scan-types.js';
import { type Spend, watch } from './watch.js';

export interface ParsedExpression {
  readonly parsed: ParseResult;
  readonly mentions: Mentions;
}

/** What a checked expression evaluates to, and how. */
export interface CheckedExpression {
  /** The type's name in CEL. */
  readonly type: string;
  /** Whether that type is not settled, as of `[]`. */
  readonly isOpen: boolean;
  /** How many times longer than the manifest's limits its value may be. */
  readonly weight: number;
  /** @param names gives the value of a name when it is asked for. @throws what evaluation throws. */
  readonly evaluate: (names: ReadonlyMap<string, unknown>) => unknown;
}

interface Told {
  readonly summary: string;
  /** Of an error without a node only a place, which is none of the nodes that are looked at. */
  readonly node: ASTNode | undefined;
}

const missingField = ({ summary, node }: Told, known: KnownRecords | undefined): string => {
  const view = node === undefined || known === undefined ? undefined : viewOf(nodeOf(node));
  if (view?.is !== 'select' || known === undefined) return `${summary}.`;
  const type = view.target.checkedType;
  return noField(type?.kind === 'optional' ? type.valueType : type, view.field, known);
};

const missingName = ({ summary }: Told, known: KnownRecords | undefined): string => {
  const name = summary.replace(/^Unknown variable: /, '');
  return `There is no name ${name}.${didYouMean(name, known?.names ?? [])}`;
};

const mixed = /^no such overload: (?:int . double|double . int)$/;

const sentences: Readonly<Record<string, (told: Told, known: KnownRecords | undefined) => string | undefined>> = {
  unknown_variable: missingName,
  no_such_key: missingField,
  no_such_overload: ({ summary }) =>
    mixed.test(summary) ? `${summary}: ints and doubles do not mix; write double(…), or 2.0 for 2.` : undefined,
};

/** @throws ExpressionFault in place of what cel-js reports. */
const refuse = (error: unknown, known?: KnownRecords): never => {
  if (!(error instanceof ParseError || error instanceof CelTypeError)) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ExpressionFault(0, `This cannot be checked: ${why}`);
  }
  const summary = withPlainNames(typeText(error.summary)).replace(/\.$/, '');
  const message = sentences[error.code]?.({ summary, node: error.node as ASTNode | undefined }, known) ?? `${summary}.`;
  throw new ExpressionFault(error.range?.start ?? 0, message);
};

const parse = (environment: Environment, text: string): ParseResult => {
  try {
    return environment.parse(text);
  } catch (error) {
    return refuse(error);
  }
};

/** @throws ExpressionFault */
export const parseExpression = (environment: Environment, text: string, vocabulary: Vocabulary): ParsedExpression => {
  const parsed = parse(environment, text);
  return { parsed, mentions: scanSyntax(nodeOf(parsed.ast), vocabulary) };
};

/** To be called when all names that the expression mentions are declared. @throws ExpressionFault */
export const checkExpression = (
  { parsed }: ParsedExpression,
  known: KnownRecords,
  weightOf: (name: string) => number,
  spend: Spend,
): CheckedExpression => {
  const { valid, type, error } = parsed.check();
  if (!valid || type === undefined) return refuse(error, known);
  const root = nodeOf(parsed.ast);
  scanTypes(root, known);
  const weight = weigh(root, { records: known.records, weightOf });
  const run = parsed as (names: ReadonlyMap<string, unknown>) => unknown;
  const steps = watch(root, spend);
  const evaluate: CheckedExpression['evaluate'] = (names) => {
    spend(steps);
    return run(names);
  };
  return { type, isOpen: root.checkedType?.hasPlaceholderType === true, weight, evaluate };
};
