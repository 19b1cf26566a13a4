import { type MessageStatus, messageStatuses } from '@charterbus/core-models';
import type { EntryState } from './entry.js';

const states: ReadonlySet<unknown> = new Set<EntryState>([
  'held',
  'queued',
  'leased',
  'delivered',
  'dead',
  'refused',
  'dropped',
]);

/** A word that nobody wrote would leave its entry where nobody looks for it. @throws TypeError of such a word. */
export const stateOf = (word: string): EntryState => {
  if (!states.has(word)) throw new TypeError(`${JSON.stringify(word)} is no state of an entry.`);
  return word as EntryState;
};

/** @throws TypeError of a word that nobody wrote. */
export const statusOf = (word: unknown): MessageStatus => {
  const status = messageStatuses.find((known) => known === word);
  if (status === undefined) throw new TypeError(`${JSON.stringify(word)} is no status of a message.`);
  return status;
};
