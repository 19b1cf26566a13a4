import { type Agent, agentSchema, StoreError } from '@charterbus/core-models';
import type { AgentRecord } from '../view/agent-view.js';

/** One entry of the stream of changes. */
export interface Change {
  readonly number: number;
  /** Its own id, and that of the change before it: where they do not join, something is missing between. */
  readonly head: string;
  readonly previous: string;
  readonly kind: 'registered' | 'unregistered';
  /** `tenant/id` */
  readonly key: string;
  readonly record: AgentRecord | undefined;
}

/** All agents and the last change that they have in them. */
export interface Snapshot {
  readonly revision: number;
  readonly head: string;
  /** In the order of their registration. */
  readonly records: readonly AgentRecord[];
}

const damaged = (cause: unknown): StoreError =>
  new StoreError('STORE_CORRUPT', 'What Redis keeps of an agent cannot be read.', { cause });

/** @throws StoreError `STORE_CORRUPT` */
const reading = <Result>(read: () => Result): Result => {
  try {
    return read();
  } catch (cause) {
    throw damaged(cause);
  }
};

const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new TypeError('not a text');
  return value;
};

const wholeNumber = (value: unknown): number => {
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) throw new TypeError('not a whole number');
  return Number(value);
};

export const recordText = (record: AgentRecord): string => JSON.stringify(record);

const recordOf = (stored: string): AgentRecord => {
  const { agent, tokenDigest } = JSON.parse(stored) as { readonly agent: unknown; readonly tokenDigest: unknown };
  const { role, ...rest } = agentSchema.parse(agent);
  Object.freeze(rest.capabilities);
  const read: Agent = Object.freeze(role === undefined ? rest : { ...rest, role });
  return { agent: read, tokenDigest: text(tokenDigest) };
};

/** @throws StoreError `STORE_CORRUPT` */
export const changesOf = (reply: unknown): readonly Change[] =>
  reading(() => {
    if (reply === null) return [];
    const [[, entries] = []] = reply as readonly (readonly [
      string,
      readonly (readonly [string, readonly string[]])[],
    ])[];
    return (entries ?? []).map(([id, list]) => changeOf(id, list));
  });

const changeOf = (id: string, list: readonly string[]): Change => {
  const fields = new Map<string, string>();
  for (let place = 0; place + 1 < list.length; place += 2) fields.set(text(list[place]), text(list[place + 1]));
  const kind = fields.get('kind');
  if (kind !== 'registered' && kind !== 'unregistered') throw new TypeError('no kind of change');
  return {
    number: wholeNumber(id.replace(/-0$/, '')),
    head: text(fields.get('head')),
    previous: text(fields.get('previous')),
    kind,
    key: text(fields.get('key')),
    record: kind === 'registered' ? recordOf(text(fields.get('record'))) : undefined,
  };
};

export const stateOf = (reply: unknown): Pick<Snapshot, 'revision' | 'head'> =>
  reading(() => {
    const [revision, head] = reply as readonly (string | null)[];
    return { revision: wholeNumber(revision ?? '0'), head: head ?? '' };
  });

/** An agent with the number of the change that registered it. */
export interface Numbered {
  readonly number: number;
  readonly record: AgentRecord;
}

/** @throws StoreError `STORE_CORRUPT` */
export const numberedOf = (value: unknown): Numbered =>
  reading(() => {
    const stored = text(value);
    const space = stored.indexOf(' ');
    return { number: wholeNumber(stored.slice(0, space)), record: recordOf(stored.slice(space + 1)) };
  });
