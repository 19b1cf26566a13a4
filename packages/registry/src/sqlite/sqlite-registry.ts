import { AgentError, agentKey, agentSchema, StoreError } from '@charterbus/core-models';
import type { Row, Store } from '@charterbus/store';
import { type RegistryOptions, withDefaults } from '../options.js';
import type { Registry } from '../registry.js';
import { type AgentRecord, AgentView } from '../view/agent-view.js';
import type { Journal } from '../view/journal.js';
import { ViewedRegistry } from '../view/viewed-registry.js';
import { registryNamespace } from './registry-namespace.js';

export interface SqliteRegistryOptions extends RegistryOptions {
  /** Opened with `registryNamespace`; it stays the caller's to close. One registry to a store. */
  readonly store: Store;
}

const namespace = registryNamespace.name;

const damaged = (cause: unknown): StoreError =>
  new StoreError('STORE_CORRUPT', 'The store is damaged: a stored agent cannot be read.', { cause });

const recordOf = (row: Row): AgentRecord => {
  try {
    const capabilities: unknown = JSON.parse(String(row['capabilities']));
    const agent = agentSchema.parse({
      id: row['id'],
      tenant: row['tenant'],
      ...(row['role'] === null ? {} : { role: row['role'] }),
      capabilities,
      registeredAt: row['registered_at'],
      revision: row['revision'],
    });
    const { role, ...rest } = agent;
    Object.freeze(agent.capabilities);
    return {
      agent: Object.freeze(role === undefined ? rest : { ...rest, role }),
      tokenDigest: String(row['token_digest']),
    };
  } catch (cause) {
    throw damaged(cause);
  }
};

/** Writes each change through the store, in a unit of its own. */
class StoreJournal implements Journal {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async add({ agent, tokenDigest }: AgentRecord): Promise<void> {
    const { tenant, id, role = null, capabilities, registeredAt, revision } = agent;
    const values = [tenant, id, role, JSON.stringify(capabilities), registeredAt, revision, tokenDigest];
    try {
      await this.#store.commit([{ namespace, statement: 'add', values }]);
    } catch (cause) {
      if (!StoreError.isInstance(cause) || cause.code !== 'STORE_WRITE_REFUSED') throw cause;
      const key = agentKey({ tenant, agent: id });
      throw new AgentError('AGENT_ALREADY_REGISTERED', `The agent ${key} is registered already.`, { cause });
    }
  }

  async remove({ agent: { tenant, id, revision } }: AgentRecord): Promise<void> {
    await this.#store.commit([{ namespace, statement: 'remove', values: [tenant, id, revision] }]);
  }
}

/**
 * A registry that keeps its agents in a store; on opening it loads them all.
 *
 * @throws StoreError `STORE_CORRUPT` where a stored agent cannot be read: it is said, never skipped.
 */
export const openSqliteRegistry = async ({ store, ...options }: SqliteRegistryOptions): Promise<Registry> => {
  const view = new AgentView();
  for (const row of store.iterate(namespace, 'all', [])) view.add(recordOf(row));
  return new ViewedRegistry(view, new StoreJournal(store), withDefaults(options));
};
