import { StoreError } from '@charterbus/core-models';
import type { RegistryChangeKind } from '../agents.js';
import type { AgentRecord } from '../record/agent-record.js';
import { recordOf } from '../record/record-text.js';
import type { Entry } from '../view/entry.js';

/** One entry of the stream of changes. */
export interface Change {
  readonly number: number;
  /** Its own id, and that of the change before it: where they do not join, something is missing between. */
  readonly head: string;
  readonly previous: string;
  readonly kind: RegistryChangeKind;
  /** `tenant/id` */
  readonly key: string;
  /** The whole of it as it is from then on, where it was changed. */
  readonly record: AgentRecord | undefined;
}

/** What was the last change. */
export interface Place {
  readonly revision: number;
  readonly head: string;
}

/** All agents and the last change that they have in them. */
export interface Snapshot extends Place {
  /** In the order of their registration. */
  readonly records: readonly AgentRecord[];
  /** The keys of those whose lease has run out. */
  readonly expired: ReadonlySet<string>;
}

const kinds: ReadonlySet<string> = new Set<RegistryChangeKind>([
  'registered',
  'updated',
  'unregistered',
  'quarantined',
  'reinstated',
  'expired',
  'returned',
  'credentials',
]);
const kindsWithoutRecord: ReadonlySet<string> = new Set<RegistryChangeKind>(['unregistered', 'expired', 'returned']);

const isKind = (kind: string | undefined): kind is RegistryChangeKind => kinds.has(kind ?? '');

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
  if (!isKind(kind)) throw new TypeError('no kind of change');
  return {
    number: wholeNumber(id.replace(/-0$/, '')),
    head: text(fields.get('head')),
    previous: text(fields.get('previous')),
    kind,
    key: text(fields.get('key')),
    record: kindsWithoutRecord.has(kind) ? undefined : recordOf(text(fields.get('record'))),
  };
};

export const stateOf = (reply: unknown): Place =>
  reading(() => {
    const [revision, head] = reply as readonly (string | null)[];
    return { revision: wholeNumber(revision ?? '0'), head: head ?? '' };
  });

/** An agent with the number of the change that registered it. */
export interface Numbered {
  readonly number: number;
  readonly record: AgentRecord;
}

/** Nothing for an empty answer. @throws StoreError `STORE_CORRUPT` */
export const recordIfAny = (value: unknown): AgentRecord | undefined =>
  value === '' || value === undefined ? undefined : numberedOf(value).record;

/** @throws StoreError `STORE_CORRUPT` */
export const numberedOf = (value: unknown): Numbered =>
  reading(() => {
    const stored = text(value);
    const space = stored.indexOf(' ');
    return { number: wholeNumber(stored.slice(0, space)), record: recordOf(stored.slice(space + 1)) };
  });

/** The same object for the same revision of an agent, so that who holds one still finds it. */
export const sharing = (record: AgentRecord, entry: Entry | undefined): AgentRecord =>
  entry?.record.agent.revision === record.agent.revision ? { ...record, agent: entry.record.agent } : record;
