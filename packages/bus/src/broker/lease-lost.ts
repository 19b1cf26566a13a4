import { MessageError } from '@charterbus/core-models';
import type { Entry } from './entry.js';

/** Why whoever held a lease may not settle any more. */
export const leaseLost = (why: 'superseded' | 'expired' | 'settled'): MessageError =>
  new MessageError('LEASE_LOST', `The lease of this delivery is lost: ${why}.`, { details: { why } });

/** Of an entry that is no longer leased. */
export const lostAfter = (entry: Entry): MessageError =>
  leaseLost(entry.history.at(-1)?.kind === 'lease-expired' ? 'expired' : 'settled');
