import { AgentError, agentKey, StoreError } from '@charterbus/core-models';
import type { Row, Store, WriteResult } from '@charterbus/store';
import { type Journal, LocalKeeper } from '../keeper/local-keeper.js';
import { KeptRegistry } from '../kept-registry.js';
import { type RegistryOptions, withDefaults } from '../options.js';
import { type AgentRecord, referenceOf } from '../record/agent-record.js';
import { recordOf, recordText } from '../record/record-text.js';
import type { Registry } from '../registry.js';
import { AgentView } from '../view/agent-view.js';
import { Watchers } from '../view/watchers.js';
import { registryNamespace } from './registry-namespace.js';

export interface SqliteRegistryOptions extends RegistryOptions {
  /** Opened with `registryNamespace`; it stays the caller's to close. One registry to a store. */
  readonly store: Store;
}

const namespace = registryNamespace.name;

/** @throws StoreError `STORE_CORRUPT` */
const recordOfRow = (row: Row): AgentRecord => {
  try {
    return recordOf(String(row['record']));
  } catch (cause) {
    throw new StoreError('STORE_CORRUPT', 'The store is damaged: a stored agent cannot be read.', { cause });
  }
};

/** Writes each change through the store, in a unit of its own. */
class StoreJournal implements Journal {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async add(record: AgentRecord): Promise<void> {
    const { tenant, id } = record.agent;
    try {
      await this.#write('add', [tenant, id, recordText(record)]);
    } catch (cause) {
      if (!StoreError.isInstance(cause) || cause.code !== 'STORE_WRITE_REFUSED') throw cause;
      const key = agentKey(referenceOf(record.agent));
      throw new AgentError('AGENT_ALREADY_REGISTERED', `The agent ${key} is registered already.`, { cause });
    }
  }

  async replace(record: AgentRecord): Promise<void> {
    const { tenant, id } = record.agent;
    const [result] = await this.#write('replace', [recordText(record), tenant, id]);
    if (result?.changes === 1) return;
    // Somebody else writes to the store, against all that is asked of its owner: nothing was kept.
    throw new StoreError('STORE_CORRUPT', `The store does not know the agent ${agentKey(referenceOf(record.agent))}.`);
  }

  async remove({ agent: { tenant, id } }: AgentRecord): Promise<void> {
    await this.#write('remove', [tenant, id]);
  }

  #write(statement: keyof typeof registryNamespace.writes, values: readonly string[]): Promise<readonly WriteResult[]> {
    return this.#store.commit([{ namespace, statement, values }]);
  }
}

/**
 * A registry that keeps its agents in a store; on opening it loads them all, and begins each lease anew.
 *
 * @throws StoreError `STORE_CORRUPT` where a stored agent cannot be read: it is said, never skipped.
 */
export const openSqliteRegistry = async ({ store, ...options }: SqliteRegistryOptions): Promise<Registry> => {
  const settings = withDefaults(options);
  const view = new AgentView();
  for (const row of store.iterate(namespace, 'all', [])) view.put(recordOfRow(row));
  const watchers = new Watchers(settings.onWatcherError);
  const keeper = new LocalKeeper(view, new StoreJournal(store), settings, (change) => watchers.tell(change));
  return new KeptRegistry(keeper, settings, watchers);
};
