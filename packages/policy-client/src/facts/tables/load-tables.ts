import type { ConstitutionFile, Digest, FactsManifest, JsonValue } from '@charterbus/core-models';
import type { DeclaredTable } from '../compile/declarations.js';
import type { TableRows } from '../gather/world.js';
import type { Report } from '../manifest/report.js';
import { loadRows } from './load-rows.js';
import { type ReadSlot, readSlot } from './read-slot.js';

export interface TableSources {
  readonly data: ReadonlyMap<string, JsonValue>;
  readonly slots: readonly ConstitutionFile[];
  /** Tables of slots that are not there are empty. */
  readonly checkOnly: boolean;
}

export interface LoadedTables {
  readonly tables: ReadonlyMap<string, TableRows>;
  readonly slots: Readonly<Record<string, Digest>>;
}

class Loading {
  readonly tables = new Map<string, TableRows>();
  readonly slots: Record<string, Digest> = {};
  readonly #read = new Map<string, ReadSlot | undefined>();

  readonly #sources: TableSources;
  readonly #report: Report;

  constructor(sources: TableSources, report: Report) {
    this.#sources = sources;
    this.#report = report;
  }

  add(table: DeclaredTable, { file, slot }: FactsManifest['tables'][string]): void {
    if (slot !== undefined) this.#addSlot(table, slot);
    if (file === undefined) return;
    const path = `data/${file}`;
    const value = this.#sources.data.get(path);
    if (value === undefined)
      this.#report.at(['tables', table.name, 'file'], `There is no ${path} in the constitution.`);
    else this.#addRows(table, path, value);
  }

  #addSlot(table: DeclaredTable, slot: string): void {
    const path = `${slot}.json`;
    const found = this.#slot(slot, path);
    if (found === undefined) {
      this.tables.set(table.name, { rows: new Map(), slot });
      if (this.#sources.checkOnly) return;
      this.#report.at(
        ['tables', table.name, 'slot'],
        `${path} is not given: name its directory with --data, or for the server with CHARTERBUS_CONSTITUTION_DATA.`,
      );
    } else if (found.problem !== undefined) this.#report.file(path, found.problem);
    else {
      this.slots[slot] = found.version;
      this.#addRows(table, path, found.value, slot);
    }
  }

  #slot(slot: string, path: string): ReadSlot | undefined {
    if (this.#read.has(slot)) return this.#read.get(slot);
    const file = this.#sources.slots.find((candidate) => candidate.path === path);
    const read = file && readSlot(file);
    this.#read.set(slot, read);
    return read;
  }

  #addRows(table: DeclaredTable, path: string, value: JsonValue, slot?: string): void {
    const { rows, problems } = loadRows(value, table.load);
    for (const problem of problems) this.#report.file(path, problem);
    this.tables.set(table.name, slot === undefined ? { rows } : { rows, slot });
  }
}

/** Loads and validates all rows; what is wrong with them is reported, with their file and key. */
export const loadTables = (
  facts: FactsManifest,
  declared: ReadonlyMap<string, DeclaredTable>,
  sources: TableSources,
  report: Report,
): LoadedTables => {
  const loading = new Loading(sources, report);
  for (const [name, table] of declared) {
    const manifest = facts.tables[name];
    if (manifest !== undefined) loading.add(table, manifest);
  }
  return { tables: loading.tables, slots: loading.slots };
};
