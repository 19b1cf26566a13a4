import { canonicalJson, type JsonValue } from '@charterbus/core-models';
import type { Declarations, DeclaredProvider } from './compile/declarations.js';
import type { StatedWorld } from './constitution-facts.js';
import type { TableRows, World } from './gather/world.js';
import type { ProviderAnswer, ProviderClient } from './providers/provider-client.js';
import { loadRows } from './tables/load-rows.js';
import { Wrong } from './types/wrong.js';

type Stated =
  | { readonly world: World; readonly problems?: never }
  | { readonly world?: never; readonly problems: readonly string[] };

const unknownKeys = (stated: object, known: ReadonlyMap<string, unknown>, kind: string): readonly string[] =>
  Object.keys(stated)
    .filter((name) => !known.has(name))
    .map((name) => `There is no ${kind} ${name}.`);

/** The canonical text of a stated list of arguments, however it was written. */
const canonicalQuestion = (text: string): string | undefined => {
  try {
    const question = JSON.parse(text) as JsonValue;
    return Array.isArray(question) ? canonicalJson(question) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const statedProvider = (
  { name, load }: DeclaredProvider,
  stated: Readonly<Record<string, JsonValue>>,
  problems: string[],
): ProviderClient => {
  const answers = new Map<string, ProviderAnswer>();
  for (const [text, value] of Object.entries(stated)) {
    const question = canonicalQuestion(text);
    const answer = load(value);
    if (question === undefined)
      problems.push(`The provider ${name} is asked ${text}, which is not the JSON text of a list.`);
    else if (answer instanceof Wrong) problems.push(answer.about(`The answer of the provider ${name} to ${text}`));
    else answers.set(question, { value: answer });
  }
  const unstated: ProviderAnswer = { failure: { cause: 'The policy test states no answer.' } };
  return { ask: ({ text }) => answers.get(text) ?? unstated };
};

const own = <Value>(stated: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(stated, name) ? stated[name] : undefined;

const statedTables = (
  stated: StatedWorld,
  declarations: Declarations,
  bundled: ReadonlyMap<string, TableRows>,
  problems: string[],
): ReadonlyMap<string, TableRows> => {
  const tables = new Map<string, TableRows>();
  for (const [name, { load }] of declarations.tables) {
    const given = own(stated.tables, name);
    const loaded = given === undefined ? undefined : loadRows(given, load);
    for (const problem of loaded?.problems ?? []) problems.push(`The table ${name}: ${problem}`);
    tables.set(name, loaded ?? bundled.get(name) ?? { rows: new Map() });
  }
  return tables;
};

/**
 * The world of a policy test: what is not stated is not there, but for tables of the constitution itself.
 *
 * @param bundled those tables.
 */
export const stateWorld = (
  stated: StatedWorld,
  declarations: Declarations,
  bundled: ReadonlyMap<string, TableRows>,
): Stated => {
  const problems = [
    ...unknownKeys(stated.tables, declarations.tables, 'table'),
    ...unknownKeys(stated.providers, declarations.providers, 'provider'),
  ];
  const tables = statedTables(stated, declarations, bundled, problems);
  const providers = new Map<string, ProviderClient>();
  for (const [name, provider] of declarations.providers) {
    providers.set(name, statedProvider(provider, own(stated.providers, name) ?? {}, problems));
  }
  return problems.length > 0 ? { problems } : { world: { tables, slots: {}, providers } };
};
