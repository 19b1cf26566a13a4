import { type FactsManifest, screenNameOf } from '@charterbus/core-models';
import type { Vocabulary } from '../expressions/scan-syntax.js';
import { didYouMean } from '../manifest/nearest.js';
import type { Report } from '../manifest/report.js';
import { DeclaredTypes } from '../types/declared-types.js';
import { type Load, Loads } from '../types/load-value.js';
import { recordType } from '../types/record-type.js';
import type { RecordType, ValueType } from '../types/value-type.js';
import { argumentsName } from './usage.js';
import { readVocabulary } from './vocabulary.js';

export interface DeclaredTable {
  readonly name: string;
  readonly row: RecordType;
  readonly load: Load;
  /** The tools whose results are rows, and the field that holds the key. */
  readonly observed?: { readonly tools: readonly string[]; readonly key: string };
}

export interface DeclaredTool {
  readonly name: string;
  readonly agent: string;
  readonly role?: string;
  readonly arguments: RecordType;
  readonly load: Load;
}

export interface DeclaredProvider {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly returns: ValueType;
  readonly load: Load;
}

/** What a manifest declares, all but its expressions. */
export interface Declarations {
  readonly vocabulary: Vocabulary;
  readonly types: DeclaredTypes;
  readonly tables: ReadonlyMap<string, DeclaredTable>;
  readonly tools: ReadonlyMap<string, DeclaredTool>;
  readonly providers: ReadonlyMap<string, DeclaredProvider>;
  /** The names that screens have among those of the bus, by what expressions call them. */
  readonly screens: ReadonlyMap<string, string>;
}

type TableManifest = FactsManifest['tables'][string];

const checkObserved = (
  name: string,
  table: TableManifest,
  row: RecordType,
  facts: FactsManifest,
  report: Report,
): void => {
  const { observed } = table;
  for (const [index, tool] of (observed?.tools ?? []).entries()) {
    if (!Object.hasOwn(facts.tools, tool)) {
      report.at(
        ['tables', name, 'observed', 'tools', index],
        `There is no tool ${tool}.${didYouMean(tool, Object.keys(facts.tools))}`,
      );
    }
  }
  if (observed !== undefined && row.fields.get(observed.key)?.type.kind !== 'string') {
    const message = `The key must be a field of type string of the rows, ${table.row}, which has no such field ${observed.key}.`;
    report.at(['tables', name, 'observed', 'key'], message);
  }
};

/** Under two names, a policy test could say two things of one screen. */
const readScreens = (facts: FactsManifest, report: Report): ReadonlyMap<string, string> => {
  const screens = new Map<string, string>();
  const names = new Map<string, string>();
  for (const [name, declared] of Object.entries(facts.screens)) {
    const screen = screenNameOf(declared);
    const known = names.get(screen);
    if (known !== undefined) report.at(['screens', name], `${screen} is ${known} already: one name is enough.`);
    names.set(screen, name);
    screens.set(name, screen);
  }
  return screens;
};

class Reader {
  readonly #loads: Loads;
  readonly #types: DeclaredTypes;

  readonly #facts: FactsManifest;
  readonly #report: Report;

  constructor(facts: FactsManifest, report: Report) {
    this.#facts = facts;
    this.#report = report;
    this.#loads = new Loads(facts.limits);
    this.#types = new DeclaredTypes(facts.types, report);
  }

  read(): Declarations {
    const facts = this.#facts;
    const report = this.#report;
    const vocabulary = readVocabulary(facts, report);
    this.#types.all();
    return {
      vocabulary,
      types: this.#types,
      tables: new Map(Object.entries(facts.tables).flatMap(([name, table]) => this.#table(name, table))),
      tools: new Map(Object.entries(facts.tools).map(([name, tool]) => [name, this.#tool(name, tool)])),
      providers: new Map(Object.entries(facts.providers).flatMap(([name, given]) => this.#provider(name, given))),
      screens: readScreens(facts, report),
    };
  }

  #table(name: string, table: TableManifest): readonly (readonly [string, DeclaredTable])[] {
    const type = this.#types.read(table.row, ['tables', name, 'row']);
    if (type === undefined) return [];
    if (type.kind !== 'record') {
      this.#report.at(['tables', name, 'row'], `Rows are of a type under types, not ${table.row}.`);
      return [];
    }
    checkObserved(name, table, type.record, this.#facts, this.#report);
    const observed = table.observed === undefined ? {} : { observed: table.observed };
    return [[name, { name, row: type.record, load: this.#loads.of(type), ...observed }]];
  }

  #tool(name: string, tool: FactsManifest['tools'][string]): DeclaredTool {
    const record = recordType(argumentsName(name), this.#types.fields(tool.arguments, ['tools', name, 'arguments']));
    return {
      name,
      agent: tool.agent ?? `tool:${name}`,
      ...(tool.role === undefined ? {} : { role: tool.role }),
      arguments: record,
      load: this.#loads.record(record),
    };
  }

  #provider(name: string, given: FactsManifest['providers'][string]): readonly (readonly [string, DeclaredProvider])[] {
    const parameters = given.parameters.map((text, at) =>
      this.#types.read(text, ['providers', name, 'parameters', at]),
    );
    const returns = this.#types.read(given.returns, ['providers', name, 'returns']);
    const known = parameters.filter((type) => type !== undefined);
    if (returns === undefined || known.length < parameters.length) return [];
    return [[name, { name, parameters: known, returns, load: this.#loads.of(returns) }]];
  }
}

/** Reads all declarations; what is wrong with them is reported. */
export const readDeclarations = (facts: FactsManifest, report: Report): Declarations =>
  new Reader(facts, report).read();
