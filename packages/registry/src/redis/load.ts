import type { Connection } from './connection.js';
import type { RedisRegistrySettings } from './options.js';
import { type Change, changesOf, type Numbered, numberedOf, type Snapshot, stateOf } from './stored.js';

/** Agents and changes read at once. */
export const pageSize = 1000;

/** The results of a pipeline or transaction, all of which are to be there. */
export const resultsOf = (replies: readonly (readonly [Error | null, unknown])[] | null): readonly unknown[] => {
  if (replies === null) throw new Error('Redis gave the transaction up.');
  return replies.map(([error, result]) => {
    if (error !== null) throw error;
    return result;
  });
};

/** Whether nothing is missing between what is known and the change. */
export const joins = ({ number, previous }: Change, { revision, head }: Pick<Snapshot, 'revision' | 'head'>): boolean =>
  number === revision + 1 && previous === head;

/**
 * Loads all agents in pages, while changes go on, and then the changes since it began: what a page had too early or too
 * late they put right. Each answer has its own deadline, so that many agents take long but silence does not.
 */
export const loadAgents = async (
  connection: Connection,
  settings: RedisRegistrySettings,
): Promise<Snapshot & { readonly asOf: number }> => {
  const { keys, staleMs } = settings;
  const begun = await connection.run(
    (client) => client.multi().persist(keys.state).hmget(keys.state, 'revision', 'head').exec(),
    staleMs,
  );
  const state = stateOf(resultsOf(begun)[1]);
  const agents = new Map<string, Numbered>();
  let cursor = '0';
  do {
    const from = cursor;
    const [next, page] = await connection.run((client) => client.hscan(keys.agents, from, 'COUNT', pageSize), staleMs);
    for (let place = 0; place + 1 < page.length; place += 2) agents.set(page[place] ?? '', numberedOf(page[place + 1]));
    cursor = next;
  } while (cursor !== '0');
  const rest = await replay(connection, settings, { ...state, agents });
  const inOrder = [...agents.values()].toSorted((one, other) => one.number - other.number);
  return { ...rest, records: inOrder.map(({ record }) => record) };
};

/** Applies the changes since the state to the agents. */
const replay = async (
  connection: Connection,
  { clock, keys, staleMs }: RedisRegistrySettings,
  begun: Pick<Snapshot, 'revision' | 'head'> & { readonly agents: Map<string, Numbered> },
): Promise<Pick<Snapshot, 'revision' | 'head'> & { readonly asOf: number }> => {
  let { revision, head } = begun;
  for (;;) {
    const asOf = clock.monotonic();
    const from = `${revision}-0`;
    const replies = await connection.run(
      (client) => client.pipeline().xread('COUNT', pageSize, 'STREAMS', keys.changes, from).persist(keys.state).exec(),
      staleMs,
    );
    const changes = changesOf(resultsOf(replies)[0]);
    for (const change of changes) {
      if (!joins(change, { revision, head })) throw new Error('Changes were lost while the agents were loaded.');
      ({ number: revision, head } = change);
      if (change.record === undefined) begun.agents.delete(change.key);
      else begun.agents.set(change.key, { number: change.number, record: change.record });
    }
    if (changes.length < pageSize) return { revision, head, asOf };
  }
};
