import { usageOperations, usageOutcomes, usageTiers } from '../../usage/vocabulary.js';
import { counter } from '../declare.js';

/** Tenants beyond so many count together. Where usage is not told by tenant, all of them are one. */
const tenant = { name: 'tenant', most: 1000 } as const;
/** As many as a constitution may have, before and after a change of it. */
const quota = { name: 'quota', most: 1000 } as const;

/** What was used, and what may be. */
export const usageMetrics = {
  ...counter('charterbus_usage_operations_total', {
    unit: '{operation}',
    help: 'Governed operations that were committed and counted.',
    labels: [
      { name: 'operation', values: usageOperations },
      { name: 'tier', values: usageTiers },
      { name: 'outcome', values: usageOutcomes },
      tenant,
    ],
  }),
  ...counter('charterbus_usage_tokens_total', {
    unit: '{token}',
    help: 'Tokens that senders have stated.',
    labels: [{ name: 'direction', values: ['input', 'output'] }, tenant],
  }),
  ...counter('charterbus_usage_cost_total', {
    unit: '1',
    help: "Cost that senders have stated, in the deployment's currency.",
    labels: [tenant],
  }),
  ...counter('charterbus_usage_bytes_total', {
    unit: 'bytes',
    help: 'Content of messages that were counted.',
    labels: [tenant],
  }),
  ...counter('charterbus_usage_lost_records_total', {
    unit: '{record}',
    help: 'Committed records that were gone before anybody counted them.',
  }),
  ...counter('charterbus_quota_denials_total', {
    unit: '{message}',
    help: 'Messages that a quota has denied.',
    labels: [quota],
  }),
  ...counter('charterbus_quota_warnings_total', {
    unit: '{warning}',
    help: 'Times that a quota came to its warning share.',
    labels: [quota],
  }),
} as const;
