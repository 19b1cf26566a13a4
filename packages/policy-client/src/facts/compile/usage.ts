import type { FactsManifest } from '@charterbus/core-models';
import type { Report } from '../manifest/report.js';
import { screensName } from '../screens/screen-readings.js';
import type { RecordType } from '../types/value-type.js';

/** What the expressions of a manifest use. What nothing uses is a mistake: most likely a misspelt name. */
export class Usage {
  readonly tables = new Set<string>();
  readonly names = new Set<string>();
  readonly providers = new Set<string>();
  readonly #fields = new Set<string>();

  readonly onField = (record: RecordType, field: string): void => {
    this.#fields.add(`${record.celName}.${field}`);
  };

  usesField(celName: string, field: string): boolean {
    return this.#fields.has(`${celName}.${field}`);
  }

  /** @param types the names of the types that something has. */
  report(facts: FactsManifest, types: ReadonlySet<string>, report: Report): void {
    const unused = (
      kind: 'types' | 'tables' | 'providers' | 'names' | 'screens',
      used: Pick<ReadonlySet<string>, 'has'>,
    ): void => {
      for (const name of Object.keys(facts[kind])) {
        if (!used.has(name))
          report.atKey([kind, name], `Nothing uses ${name}: it is misspelt here or there, or can go.`);
      }
    };
    unused('types', types);
    unused('tables', this.tables);
    unused('providers', this.providers);
    unused('names', this.names);
    unused('screens', { has: (name) => this.usesField(screensName, name) });
    for (const [type, fields] of Object.entries(facts.types)) {
      this.#reportFields(fields, `types.${type}`, ['types', type], report);
    }
    for (const [tool, declared] of Object.entries(facts.tools)) {
      this.#reportFields(declared.arguments, argumentsName(tool), ['tools', tool, 'arguments'], report);
    }
  }

  #reportFields(fields: object, celName: string, path: readonly string[], report: Report): void {
    for (const key of Object.keys(fields)) {
      const field = key.replace(/\?$/, '');
      if (this.usesField(celName, field)) continue;
      report.atKey([...path, key], `No expression reads ${field}: it is misspelt here or there, or can go.`);
    }
  }
}

/** The name in CEL of the type of a tool's arguments. */
export const argumentsName = (tool: string): string => `arguments.${tool}`;
