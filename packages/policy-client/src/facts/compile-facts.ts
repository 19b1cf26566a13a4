import type {
  Clock,
  ConstitutionFile,
  ConstitutionManifest,
  FactsManifest,
  JsonValue,
  Timers,
} from '@charterbus/core-models';
import { type BreakerSource, CircuitBreakers } from '@charterbus/recovery';
import type { ConstitutionProblem } from '../source/problem.js';
import type { SourceText } from '../source/read-sources.js';
import { type Declarations, readDeclarations } from './compile/declarations.js';
import { compilePrograms } from './compile/programs.js';
import { Usage } from './compile/usage.js';
import { CompiledConstitutionFacts } from './compiled-facts.js';
import type { ConstitutionFacts } from './constitution-facts.js';
import { Report } from './manifest/report.js';
import { noFacts } from './no-facts.js';
import { makeProviders } from './providers/make-providers.js';
import type { ProviderFunction } from './providers/provider-function.js';
import { loadTables } from './tables/load-tables.js';

/** What facts are compiled from. */
export interface FactsSources {
  readonly manifest: ConstitutionManifest;
  /** `manifest.yaml`, for the places of problems. */
  readonly manifestText: SourceText;
  /** `data/` of the constitution, by path such as `data/x.json`. */
  readonly data: ReadonlyMap<string, JsonValue>;
  /** External data: `<slot>.json`. Others than those that the manifest names are ignored. */
  readonly slots: readonly ConstitutionFile[];
}

export interface FactsOptions {
  /** Times how long answers of providers are remembered, and unless `breakers` are given, how long these are left alone. */
  readonly clock: Clock;
  /** Times the deadlines of providers. */
  readonly timers: Timers;
  /** By name: the providers of the manifest that are not asked over HTTP. Others are ignored. */
  readonly providers?: Readonly<Record<string, ProviderFunction>>;
  /** Where tokens of providers are taken from. Default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Default: Node's. */
  readonly fetch?: typeof fetch;
  /** Slots and functions may be absent: their tables are empty, they answer nothing. For checks and tests. */
  readonly checkOnly?: boolean;
  /** Where the breakers of providers are listed, as `provider:` and the name. Default: nowhere. */
  readonly breakers?: BreakerSource;
}

export type CompiledFacts =
  | { readonly facts: ConstitutionFacts; readonly problems: readonly [] }
  | { readonly facts?: never; readonly problems: readonly ConstitutionProblem[] };

const isEmpty = ({ types, tables, providers, screens, names, send, receive, tools }: FactsManifest): boolean =>
  [types, tables, providers, screens, names, send, receive, tools].every((part) => Object.keys(part).length === 0);

const reportUnused = (facts: FactsManifest, { types }: Declarations, usage: Usage, report: Report): void => {
  // What is misspelt somewhere else would be told twice.
  if (report.isEmpty) usage.report(facts, types.used, report);
};

/**
 * Reads, checks and compiles all that a manifest says about facts. Every problem is found, not only the first, and has
 * its place; nothing that a message could trip over later is left for then.
 */
export const compileFacts = (sources: FactsSources, options: FactsOptions): CompiledFacts => {
  const { facts } = sources.manifest;
  if (isEmpty(facts)) return { facts: noFacts, problems: [] };
  const report = new Report(sources.manifestText);
  const declarations = readDeclarations(facts, report);
  // Without its declarations, no expression can be checked.
  if (!report.isEmpty) return { problems: report.problems };
  const {
    clock,
    timers,
    providers: functions = {},
    environment = {},
    fetch: send = fetch,
    checkOnly = false,
    breakers = new CircuitBreakers({ clock, timers }),
  } = options;
  const setting = { clock, timers, functions, environment, fetch: send, checkOnly, breakers };
  const providers = makeProviders(facts, declarations.providers, setting, report);
  const { tables, slots } = loadTables(facts, declarations.tables, { ...sources, checkOnly }, report);
  const usage = new Usage();
  for (const { row, observed } of declarations.tables.values()) if (observed) usage.onField(row, observed.key);
  const programs = compilePrograms(facts, declarations, usage, report);
  reportUnused(facts, declarations, usage, report);
  if (!report.isEmpty) return { problems: report.problems };
  const bundled = new Map([...tables].filter(([, { slot }]) => slot === undefined));
  const world = { tables, slots, providers };
  return { facts: new CompiledConstitutionFacts({ declarations, programs, world, bundled }), problems: [] };
};
