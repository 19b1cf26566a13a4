import { batchUnits, fastSeconds, slowSeconds } from '../buckets.js';
import { counter, gauge, histogram } from '../declare.js';
import { endCodes } from './values.js';

/** What ends a lease. */
const settlements = ['delivered', 'retried', 'returned', 'passed', 'held', 'dead_lettered', 'lease_expired'];

/** From the commit of a message to the end of its delivery. */
export const deliveryMetrics = {
  ...histogram('charterbus_commit_seconds', {
    unit: 'seconds',
    help: 'From the hand-over of an admission to the store to its commit. Not where messages are kept in memory.',
    buckets: fastSeconds,
  }),
  ...histogram('charterbus_commit_batch_units', {
    unit: '{unit}',
    help: 'Units of writes that shared one commit of the store.',
    buckets: batchUnits,
  }),
  ...counter('charterbus_store_commits_total', {
    unit: '{commit}',
    help: 'Transactions that the store has committed.',
  }),
  ...counter('charterbus_store_units_total', { unit: '{unit}', help: 'Units of writes that the store has committed.' }),
  ...counter('charterbus_store_failed_units_total', {
    unit: '{unit}',
    help: 'Units of writes that failed together with the store: a full disk, an I/O error, damage.',
  }),
  ...histogram('charterbus_queue_wait_seconds', {
    unit: 'seconds',
    help: 'From the moment at which a message could be given to that at which it was, in milliseconds.',
    buckets: slowSeconds,
  }),
  ...histogram('charterbus_delivery_seconds', {
    unit: 'seconds',
    help: 'From a lease to its end, in milliseconds.',
    labels: [{ name: 'outcome', values: settlements }],
    buckets: slowSeconds,
  }),
  ...counter('charterbus_settlements_total', {
    unit: '{lease}',
    help: 'Leases that have ended.',
    labels: [{ name: 'outcome', values: settlements }],
  }),
  ...counter('charterbus_lease_expiries_total', {
    unit: '{lease}',
    help: 'Leases that ran out before anybody settled them.',
  }),
  ...counter('charterbus_dead_letters_total', {
    unit: '{message}',
    help: 'Deliveries that became dead letters. Reasons in words of consumers and operators are other.',
    labels: [{ name: 'reason', values: endCodes }],
  }),
  ...gauge('charterbus_queue_messages', {
    unit: '{message}',
    help: 'Unfinished messages, each once for each of its recipients.',
    labels: [{ name: 'state', values: ['queued', 'leased', 'held'] }],
  }),
} as const;
