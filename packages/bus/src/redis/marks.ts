import { type Receipt, StoreError } from '@charterbus/core-models';
import type { DedupeMark } from '../broker/journal.js';

type Scope = Pick<DedupeMark, 'tenant' | 'from' | 'key'>;

export const dedupeKey = ({ tenant, from, key }: Scope): string => `${tenant}/${from}/${key}`;

/** The script puts the end and the message before it. */
export const packMark = ({ fingerprint, receipt }: Omit<DedupeMark, 'message'>): string =>
  JSON.stringify([fingerprint, receipt]);

/** @throws StoreError `STORE_CORRUPT`. */
export const unpackMark = (text: string, { tenant, from, key }: Scope): DedupeMark => {
  const [until = '', message = ''] = text.split(' ', 2);
  try {
    const packed = JSON.parse(text.slice(until.length + message.length + 2)) as unknown;
    const [fingerprint, receipt] = packed as readonly [string, Omit<Receipt, 'leafIndex'>];
    return { tenant, from, key, fingerprint, message, receipt, until: Number(until) };
  } catch {
    throw new StoreError('STORE_CORRUPT', 'The store is damaged: a dedupe key cannot be read.');
  }
};
