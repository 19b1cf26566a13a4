import { fastSeconds, messageBytes } from '../buckets.js';
import { counter, gauge, histogram } from '../declare.js';
import { causes, codes, engines, none, points } from './values.js';

/** From a send to its verdict. */
export const judgementMetrics = {
  ...histogram('charterbus_admission_seconds', {
    unit: 'seconds',
    help: 'From a send to its receipt or refusal, the commit included.',
    labels: [{ name: 'outcome', values: ['accepted', 'held', 'denied', 'refused'] }],
    buckets: fastSeconds,
  }),
  ...counter('charterbus_admissions_total', {
    unit: '{message}',
    help: 'Messages that came to their admission. Refused are those that have no verdict, with the code of their error.',
    labels: [
      { name: 'outcome', values: ['accepted', 'held', 'denied', 'refused'] },
      { name: 'code', values: [none, ...codes] },
    ],
  }),
  ...histogram('charterbus_message_bytes', {
    unit: 'bytes',
    help: 'Content of admitted messages, as its least size is known when its shape is checked.',
    buckets: messageBytes,
  }),
  ...counter('charterbus_verdicts_total', {
    unit: '{verdict}',
    help: 'Verdicts that were committed, each once for all recipients whom the policies cannot tell apart.',
    labels: [
      { name: 'point', values: points },
      { name: 'effect', values: ['allow', 'escalate', 'deny'] },
      { name: 'cause', values: causes },
      { name: 'code', values: [none, ...codes] },
    ],
  }),
  ...histogram('charterbus_judgement_seconds', {
    unit: 'seconds',
    help: 'One judgement at one point. What is recalled for messages of a kind at both points takes none.',
    labels: [
      { name: 'point', values: points },
      { name: 'engine', values: engines },
    ],
    buckets: fastSeconds,
  }),
  ...histogram('charterbus_engine_call_seconds', {
    unit: 'seconds',
    help: 'One question to a policy engine that the decision cache could not answer.',
    labels: [
      { name: 'engine', values: engines },
      { name: 'outcome', values: ['answered', 'failed'] },
    ],
    buckets: fastSeconds,
  }),
  ...counter('charterbus_decision_cache_hits_total', {
    unit: '{question}',
    help: 'Questions that the decision cache answered, since the constitution in force was loaded.',
  }),
  ...counter('charterbus_decision_cache_misses_total', {
    unit: '{question}',
    help: 'Questions that the decision cache did not know, since the constitution in force was loaded.',
  }),
  ...gauge('charterbus_decision_cache_entries', { unit: '{entry}', help: 'Answers that the decision cache keeps.' }),
} as const;
