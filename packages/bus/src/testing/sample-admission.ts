import {
  type AgentReference,
  type Envelope,
  encodeEnvelope,
  type IdSource,
  type Message,
  type Priority,
  type RetryOverride,
  type Verdict,
} from '@charterbus/core-models';
import type { Admission, EntryDraft } from '../broker/broker.js';

export interface SampleOptions {
  readonly ids: IdSource;
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** Ids of the recipients in the tenant `acme`. */
  readonly to?: readonly string[];
  readonly priority?: Priority;
  readonly expiresAt?: number;
  /** Wall-clock milliseconds; holds every recipient. */
  readonly holdUntil?: number;
  readonly content?: string;
  readonly inReplyTo?: string;
  readonly dedupe?: Admission['dedupe'];
  readonly facts?: Admission['facts'];
  /** Wall-clock milliseconds. */
  readonly deliverAt?: number;
  readonly orderingKey?: string;
  readonly retry?: RetryOverride;
}

const sampleVerdict = (messageDigest: string, effect: Verdict['effect'], at: string): Verdict => ({
  point: 'receive',
  effect,
  cause: 'policy',
  reasons: effect === 'allow' ? [] : ['sample-policy'],
  policies: ['sample-policy'],
  escalations: effect === 'escalate' ? [{ policy: 'sample-policy', policyDigest: 'd'.repeat(64), name: 'sample' }] : [],
  approved: [],
  binds: { messageDigest, constitutionDigest: 'c'.repeat(64), dataVersion: 'none' },
  at,
});

/** A verdict on the message as policies would give it. */
export const verdictFor = ({ digest, message }: Envelope, effect: Verdict['effect']): Verdict =>
  sampleVerdict(digest, effect, message.createdAt);

/** An admission as the bus would commit it, without a bus. */
export const sampleAdmission = ({ ids, now, to = ['worker'], ...options }: SampleOptions): Admission => {
  const createdAt = new Date(now).toISOString();
  const [first = 'nobody'] = to;
  const message: Message = {
    id: ids.next(),
    tenant: 'acme',
    from: 'planner',
    to: to.length === 1 ? { tenant: 'acme', agent: first } : { tenant: 'acme', everyone: true },
    type: 'event',
    priority: options.priority ?? 'normal',
    createdAt,
    ...(options.inReplyTo === undefined ? {} : { inReplyTo: options.inReplyTo }),
    ...(options.expiresAt === undefined ? {} : { expiresAt: new Date(options.expiresAt).toISOString() }),
    ...(options.deliverAt === undefined ? {} : { deliverAt: new Date(options.deliverAt).toISOString() }),
    ...(options.orderingKey === undefined ? {} : { orderingKey: options.orderingKey }),
    ...(options.retry === undefined ? {} : { retry: options.retry }),
    content: options.content ?? 'sample',
  };
  const envelope = encodeEnvelope(message);
  const verdict = sampleVerdict(envelope.digest, options.holdUntil === undefined ? 'allow' : 'escalate', createdAt);
  const entries = to.map(
    (agent): EntryDraft => ({
      recipient: { tenant: 'acme', agent },
      verdict,
      ...(options.holdUntil === undefined ? {} : { holdUntil: options.holdUntil }),
    }),
  );
  const held = options.holdUntil === undefined ? 0 : to.length;
  return {
    envelope,
    senderRevision: 'sample',
    verdicts: [{ ...verdict, point: 'send' }, verdict],
    entries,
    denied: [],
    recipients: { allowed: to.length - held, held, denied: 0 },
    ...(options.dedupe === undefined ? {} : { dedupe: options.dedupe }),
    ...(options.facts === undefined ? {} : { facts: options.facts }),
  };
};

export const worker: AgentReference = Object.freeze({ tenant: 'acme', agent: 'worker' });
