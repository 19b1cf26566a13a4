import type { FactsManifest } from '@charterbus/core-models';
import { isFunctionName } from '../expressions/functions-allowed.js';
import type { Vocabulary } from '../expressions/scan-syntax.js';
import type { Report } from '../manifest/report.js';
import { isReservedField } from '../types/record-type.js';
import { scalarKinds } from '../types/value-type.js';

/** Variables, and what cel-js takes for something else. */
const taken: ReadonlySet<string> = new Set(
  `args now sender recipient message earlier
optional cel google string bool int uint double map list bytes null_type type true false null in
as break const continue else for function if import let loop package namespace return var void while prototype`.split(
    /\s+/,
  ),
);

/** `screens` means something only where some are declared: constitutions of before may have a table of that name. */
const isTaken = (name: string, facts: FactsManifest): boolean =>
  taken.has(name) || (name === 'screens' && Object.keys(facts.screens).length > 0);

/** Names, tables and providers are told apart by their names alone. */
const reportClashes = (facts: FactsManifest, report: Report): void => {
  const seen = new Set<string>();
  for (const kind of ['tables', 'providers', 'names'] as const) {
    for (const name of Object.keys(facts[kind])) {
      const clashes = seen.has(name) || isTaken(name, facts) || isFunctionName(name) || isReservedField(name);
      if (clashes) report.atKey([kind, name], `${name} already has a meaning: take another name.`);
      seen.add(name);
    }
  }
};

const reportTypeNames = (facts: FactsManifest, report: Report): void => {
  const own: ReadonlySet<string> = new Set([...scalarKinds, 'list', 'map', 'dyn']);
  for (const name of Object.keys(facts.types)) {
    if (own.has(name) || isReservedField(name)) {
      report.atKey(['types', name], `A type of one's own cannot be called ${name}.`);
    }
  }
};

/** Tools are fields of `earlier`, and besides `send` and `receive` what policies are asked about. */
const reportToolNames = (facts: FactsManifest, report: Report): void => {
  for (const tool of Object.keys(facts.tools)) {
    if (tool === 'send' || tool === 'receive' || isReservedField(tool)) {
      report.atKey(['tools', tool], `A tool cannot be called ${tool}.`);
    }
  }
};

/** Screens are fields of `screens`. */
const reportScreenNames = (facts: FactsManifest, report: Report): void => {
  for (const name of Object.keys(facts.screens)) {
    if (isReservedField(name)) report.atKey(['screens', name], `A screen cannot be called ${name}.`);
  }
};

export const readVocabulary = (facts: FactsManifest, report: Report): Vocabulary => {
  reportClashes(facts, report);
  reportTypeNames(facts, report);
  reportToolNames(facts, report);
  reportScreenNames(facts, report);
  return {
    tables: new Set(Object.keys(facts.tables)),
    providers: new Set(Object.keys(facts.providers)),
    isKnown: (name) => isTaken(name, facts) || Object.hasOwn(facts.names, name) || Object.hasOwn(facts.tables, name),
  };
};
