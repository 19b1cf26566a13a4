import { type ConstitutionFile, type Digest, StoreError, sha256 } from '@charterbus/core-models';
import type { Activation } from '@charterbus/policy-client';
import type { Namespace, Row, SqlValue, Store, Write } from '@charterbus/store';
import {
  type ConstitutionRecords,
  type ConstitutionVersion,
  type KeptConstitution,
  rememberedActivations,
  versionKey,
} from './constitution-records.js';
import { leafSubject } from './memory-records.js';

const version1 = `
CREATE TABLE life_activations (number INTEGER PRIMARY KEY, activation TEXT NOT NULL) STRICT;
CREATE TABLE life_revisions (name TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE life_configured (id INTEGER PRIMARY KEY CHECK (id = 1), identity TEXT NOT NULL) STRICT;
-- Each file once, however many versions it is part of.
CREATE TABLE life_blobs (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE life_files (
  version TEXT NOT NULL,
  slot INTEGER NOT NULL,
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (version, slot, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX life_files_by_digest ON life_files (digest);
`;

const version2 = 'CREATE TABLE life_revoked (hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;';

/** The tables of constitutions that were in force, or are staged. */
export const lifeNamespace: Namespace = Object.freeze({
  name: 'life',
  migrations: [version1, version2],
  writes: {
    activation: 'INSERT INTO life_activations (number, activation) VALUES (?, ?)',
    'drop-activations': 'DELETE FROM life_activations WHERE number <= ?',
    revision: `INSERT INTO life_revisions (name, revision) VALUES (?1, ?2)
      ON CONFLICT (name) DO UPDATE SET revision = max(revision, ?2)`,
    configured: 'INSERT OR REPLACE INTO life_configured (id, identity) VALUES (1, ?)',
    revoked: 'INSERT OR IGNORE INTO life_revoked (hash) VALUES (?)',
    blob: 'INSERT OR IGNORE INTO life_blobs (digest, bytes) VALUES (?, ?)',
    file: 'INSERT OR REPLACE INTO life_files (version, slot, path, digest) VALUES (?, ?, ?, ?)',
    'drop-files': 'DELETE FROM life_files WHERE version = ?',
    'drop-blobs': 'DELETE FROM life_blobs WHERE digest NOT IN (SELECT digest FROM life_files)',
  },
  reads: {
    activations: 'SELECT activation FROM life_activations ORDER BY number DESC LIMIT ?',
    revision: 'SELECT revision FROM life_revisions WHERE name = ?',
    configured: 'SELECT identity FROM life_configured',
    revoked: 'SELECT hash FROM life_revoked WHERE hash = ?',
    versions: 'SELECT DISTINCT version FROM life_files',
    files: `SELECT slot, path, life_files.digest AS digest, bytes FROM life_files
      JOIN life_blobs ON life_blobs.digest = life_files.digest WHERE version = ? ORDER BY slot, path`,
    'file-count': 'SELECT count(*) AS files FROM life_files WHERE version = ?',
  },
});

/** Activations that are kept; above that the oldest go. Their leaves stay. */
const mostActivations = 10_000;

const write = (statement: string, values: readonly SqlValue[]): Write => ({ namespace: 'life', statement, values });

const damaged = (what: string): StoreError =>
  new StoreError('STORE_CORRUPT', `The store is damaged: ${what} of a constitution cannot be read.`);

const fileFromRow = (row: Row): ConstitutionFile => {
  const { path, bytes, digest } = row;
  if (!(bytes instanceof Uint8Array) || sha256(bytes) !== digest) throw damaged('a file');
  return { path: String(path), bytes };
};

const activationFromRow = (row: Row): Activation => {
  try {
    return Object.freeze(JSON.parse(String(row['activation'])) as Activation);
  } catch {
    throw damaged('an activation');
  }
};

/** Remembers constitutions in the shared store. */
export class SqliteRecords implements ConstitutionRecords {
  readonly #store: Store;

  /** The store must have been opened with `lifeNamespace` and `busNamespace`. */
  constructor(store: Store) {
    this.#store = store;
  }

  history(): readonly Activation[] {
    return this.#store.read('life', 'activations', [rememberedActivations]).map(activationFromRow).toReversed();
  }

  highestRevision(name: string): number | undefined {
    const [row] = this.#store.read('life', 'revision', [name]);
    return row === undefined ? undefined : Number(row['revision']);
  }

  configured(): string | undefined {
    const [row] = this.#store.read('life', 'configured', []);
    return row === undefined ? undefined : String(row['identity']);
  }

  async configure(identity: string): Promise<void> {
    await this.#store.commit([write('configured', [identity])]);
  }

  async record(activation: Activation, leaf?: string): Promise<void> {
    const { number, name, revision } = activation;
    await this.#store.commit([
      write('activation', [number, JSON.stringify(activation)]),
      write('revision', [name, revision]),
      write('drop-activations', [number - mostActivations]),
      ...(leaf === undefined
        ? []
        : [{ namespace: 'bus', statement: 'leaf', values: [leafSubject(activation), leaf] } satisfies Write]),
    ]);
  }

  isRevoked(hash: Digest): boolean {
    return this.#store.read('life', 'revoked', [hash]).length > 0;
  }

  async revoke(hash: Digest): Promise<void> {
    await this.#store.commit([write('revoked', [hash])]);
  }

  /** A file at a time, so that no commit grows beyond the largest of them; the version is there with the last. */
  async keep(version: ConstitutionVersion, { files, slots }: KeptConstitution): Promise<void> {
    const key = versionKey(version);
    const named: Write[] = [];
    for (const [slot, list] of [files, slots].entries()) {
      for (const { path, bytes } of list) {
        const digest = sha256(bytes);
        await this.#store.commit([write('blob', [digest, bytes])]);
        named.push(write('file', [key, slot, path, digest]));
      }
    }
    await this.#store.commit(named);
  }

  kept(version: ConstitutionVersion): KeptConstitution | undefined {
    const key = versionKey(version);
    const rows = this.#store.read('life', 'files', [key]);
    const [count] = this.#store.read('life', 'file-count', [key]);
    if (rows.length !== Number(count?.['files'])) throw damaged('a file');
    if (rows.length === 0) return undefined;
    const { files = [], slots = [] } = Object.groupBy(rows, (row) => (row['slot'] === 0 ? 'files' : 'slots'));
    return { files: files.map(fileFromRow), slots: slots.map(fileFromRow) };
  }

  async retain(versions: readonly ConstitutionVersion[]): Promise<void> {
    const wanted = new Set(versions.map(versionKey));
    const stored = this.#store.read('life', 'versions', []).map((row) => String(row['version']));
    const drops = stored.filter((key) => !wanted.has(key)).map((key) => write('drop-files', [key]));
    if (drops.length > 0) await this.#store.commit([...drops, write('drop-blobs', [])]);
  }
}
