import type { Connection } from './connection.js';
import type { RedisRegistrySettings } from './options.js';
import { type Change, changesOf, type Numbered, numberedOf, type Place, type Snapshot, stateOf } from './stored.js';

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
export const joins = ({ number, previous }: Change, { revision, head }: Place): boolean =>
  number === revision + 1 && previous === head;

/** What is known of all agents while they are loaded. */
interface Loading {
  readonly agents: Map<string, Numbered>;
  readonly expired: Set<string>;
}

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
  const place = stateOf(resultsOf(begun)[1]);
  const loading: Loading = { agents: new Map(), expired: new Set() };
  for await (const page of pages((cursor) =>
    connection.run((client) => client.hscan(keys.agents, cursor, 'COUNT', pageSize), staleMs),
  )) {
    for (let at = 0; at + 1 < page.length; at += 2) loading.agents.set(page[at] ?? '', numberedOf(page[at + 1]));
  }
  for await (const page of pages((cursor) =>
    connection.run((client) => client.sscan(keys.expired, cursor, 'COUNT', pageSize), staleMs),
  )) {
    for (const key of page) loading.expired.add(key);
  }
  const rest = await replay(connection, settings, place, loading);
  const inOrder = [...loading.agents.values()].toSorted((one, other) => one.number - other.number);
  return { ...rest, records: inOrder.map(({ record }) => record), expired: loading.expired };
};

/** What a scan gives, until its cursor comes round. */
async function* pages(
  scan: (cursor: string) => Promise<readonly [string, readonly string[]]>,
): AsyncGenerator<readonly string[]> {
  let cursor = '0';
  do {
    const [next, page] = await scan(cursor);
    yield page;
    cursor = next;
  } while (cursor !== '0');
}

/** Applies the changes since that place. */
const replay = async (
  connection: Connection,
  { clock, keys, staleMs }: RedisRegistrySettings,
  begun: Place,
  loading: Loading,
): Promise<Place & { readonly asOf: number }> => {
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
      take(change, loading);
    }
    if (changes.length < pageSize) return { revision, head, asOf };
  }
};

const take = ({ kind, key, number, record }: Change, { agents, expired }: Loading): void => {
  if (kind === 'expired') expired.add(key);
  else if (record === undefined || record.agent.leaseMs === undefined) expired.delete(key);
  if (kind === 'unregistered') agents.delete(key);
  if (record === undefined) return;
  // A registration's place is its own; whatever else is changed of an agent leaves it where it is.
  const place = kind === 'registered' ? number : (agents.get(key)?.number ?? number);
  agents.set(key, { number: place, record });
};
