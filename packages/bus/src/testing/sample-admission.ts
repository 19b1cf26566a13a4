import {
  type Address,
  type AgentReference,
  type Envelope,
  encodeEnvelope,
  type IdSource,
  type Message,
  type MessageType,
  type Priority,
  type RetryOverride,
  type Verdict,
} from '@charterbus/core-models';
import type { Admission, EntryDraft } from '../broker/broker.js';

export interface SampleOptions {
  readonly ids: IdSource;
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** Ids of the recipients in the tenant, names of queue groups behind a `#`. */
  readonly to?: readonly string[];
  /** That of the recipients; `acme` if not stated. */
  readonly tenant?: string;
  /** The topic to which it is published. */
  readonly topic?: string;
  /** Of the recipients, where the verdict binds several. */
  readonly recipientRevision?: string;
  /** The sender's id; `planner` if not stated. */
  readonly from?: string;
  /** `event` if not stated. */
  readonly type?: MessageType;
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
  readonly signature?: string;
}

const sampleVerdict = (messageDigest: string, effect: Verdict['effect'], at: string): Verdict => ({
  point: 'receive',
  effect,
  cause: 'policy',
  reasons: ['sample-policy'],
  policies: ['sample-policy'],
  escalations: effect === 'escalate' ? [{ policy: 'sample-policy', policyDigest: 'd'.repeat(64), name: 'sample' }] : [],
  approved: [],
  binds: { messageDigest, constitutionDigest: 'c'.repeat(64), dataVersion: 'none' },
  at,
});

/** A verdict on the message as policies would give it. */
export const verdictFor = ({ digest, message }: Envelope, effect: Verdict['effect']): Verdict =>
  sampleVerdict(digest, effect, message.createdAt);

type Stated<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without what is not stated. */
const stated = <T extends object>(fields: T): Stated<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Stated<T>;

const instantOf = (milliseconds: number | undefined): string | undefined =>
  milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();

const addressOf = ({ to = ['worker'], tenant = 'acme', topic }: SampleOptions): Address => {
  if (topic !== undefined) return { tenant, topic };
  const [first = 'nobody'] = to;
  return to.length === 1 ? { tenant, agent: first } : { tenant, everyone: true };
};

const sampleMessage = (options: SampleOptions): Message => {
  const { ids, now } = options;
  return {
    id: ids.next(),
    tenant: 'acme',
    from: options.from ?? 'planner',
    to: addressOf(options),
    type: options.type ?? 'event',
    priority: options.priority ?? 'normal',
    createdAt: new Date(now).toISOString(),
    ...stated({
      inReplyTo: options.inReplyTo,
      expiresAt: instantOf(options.expiresAt),
      deliverAt: instantOf(options.deliverAt),
      orderingKey: options.orderingKey,
      retry: options.retry,
      signature: options.signature,
    }),
    content: options.content ?? 'sample',
  };
};

/** An admission as the bus would commit it, without a bus. */
export const sampleAdmission = (options: SampleOptions): Admission => {
  const { to = ['worker'], tenant = 'acme', holdUntil, recipientRevision } = options;
  const envelope = encodeEnvelope(sampleMessage(options));
  const verdict = verdictFor(envelope, holdUntil === undefined ? 'allow' : 'escalate');
  const entries = to.map(
    (agent): EntryDraft => ({
      recipient: { tenant, agent },
      verdict,
      ...stated({ holdUntil, recipientRevision }),
    }),
  );
  const held = holdUntil === undefined ? 0 : to.length;
  return {
    envelope,
    at: options.now,
    senderRevision: 'sample',
    verdicts: [{ ...verdict, point: 'send' }, verdict],
    entries,
    denied: [],
    recipients: { allowed: to.length - held, held, denied: 0 },
    ...stated({ dedupe: options.dedupe, facts: options.facts }),
  };
};

export const worker: AgentReference = Object.freeze({ tenant: 'acme', agent: 'worker' });
