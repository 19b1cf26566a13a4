import {
  agentKey,
  bindsMessage,
  type Envelope,
  type JudgementPoint,
  toCharterbusError,
  type Verdict,
} from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';
import type { Lease, LeaseProof, Outcome } from '../broker/broker.js';
import { isPast } from '../broker/dead-letters.js';
import { type Entry, expiryCode, holderOf } from '../broker/entry.js';
import type { ConversationFact } from '../broker/journal.js';
import { type BusContext, type JudgingContext, judging } from '../context.js';
import type { ConversationView } from '../conversation/conversation-view.js';
import { type Eventual, whenKnown } from '../eventual.js';
import { mayBeTakenByOthers, mayTake, type Shared } from '../membership/members.js';
import { bindsDelivered, DeliveredDigests, deliveredEnvelope } from './delivered.js';
import { isHalted } from './halted.js';
import { senderOf } from './identify.js';
import { judgeBoth, judgeReceive } from './judge.js';
import { verdictWithoutPolicies } from './screen.js';

export const proofOf = (lease: Lease): LeaseProof => ({
  deliveryId: lease.deliveryId,
  recipient: holderOf(lease.entry),
  fencingToken: lease.entry.token,
});

/** Whether the verdict in hand was reached under what is in force now. */
const sameConstitution = ({ verdict: { binds } }: Entry, { hash, dataVersion }: Constitution): boolean =>
  binds.constitutionDigest === hash && binds.dataVersion === dataVersion;

/** Whether the verdict in hand is about exactly what would be given now. */
const stillBinds = (lease: Lease, delivered: Envelope, { life, registry }: BusContext): boolean => {
  const { entry, envelope } = lease;
  const { binds, effect, point } = entry.verdict;
  const revision = binds.recipientRevision ?? entry.recipientRevision;
  return (
    !entry.judgeAgain &&
    effect === 'allow' &&
    point === 'receive' &&
    bindsMessage(binds, envelope) &&
    bindsDelivered(entry.verdict, delivered) &&
    sameConstitution(entry, life.current) &&
    revision !== undefined &&
    revision === registry.find(holderOf(entry))?.revision
  );
};

/** @param point `send` where it is so whoever the recipient is. */
const unreachable = (lease: Lease, point: JudgementPoint, context: JudgingContext): Verdict => {
  const denial = {
    point,
    cause: 'routing',
    code: 'RECIPIENT_UNREACHABLE',
    reasons: ['RECIPIENT_UNREACHABLE'],
  } as const;
  return verdictWithoutPolicies(lease.envelope, denial, context);
};

const judgeAgain = async (
  { entry, envelope }: Lease,
  conversation: ConversationView | undefined,
  context: JudgingContext,
): Promise<Verdict> => {
  const sender = await senderOf(envelope, context);
  const recipient = context.registry.find(holderOf(entry));
  const toGroup = entry.holder !== undefined;
  const mayHave = recipient !== undefined && (!toGroup || mayTake(recipient, sharedOf({ entry, envelope }), context));
  if (sender === undefined || recipient === undefined || !mayHave) {
    return unreachable(
      { entry, envelope, deliveryId: '' },
      toGroup && sender === undefined ? 'send' : 'receive',
      context,
    );
  }
  const known = conversation === undefined ? {} : { conversation };
  const subject = { envelope, sender, approvals: entry.approvals, ...known };
  // Put off, redriven, or judged under what is no longer in force: it is as if it were sent now.
  if (entry.judgeAgain || !sameConstitution(entry, context.constitution)) {
    return judgeBoth(subject, recipient, context, context.closing);
  }
  const { obligations, obligationsAtSend, point } = entry.verdict;
  const delivered = new DeliveredDigests(envelope, point === 'send' ? obligations : obligationsAtSend);
  return judgeReceive(subject, recipient, delivered, context, context.closing);
};

/** What a message makes known that was put off or redriven: what it made known before may be forgotten. */
const observedAgain = async ({ entry, envelope }: Lease, verdict: Verdict, context: JudgingContext) => {
  const { message } = envelope;
  const sender = await senderOf(envelope, context);
  const recipient = context.registry.find(entry.recipient);
  const known = entry.judgeAgain && verdict.effect === 'allow' && 'agent' in message.to;
  if (!known || sender === undefined || recipient === undefined) return [];
  return context.constitution.observe({ message, sender, recipient });
};

const sharedOf = ({ entry, envelope }: Pick<Lease, 'entry' | 'envelope'>): Shared => ({
  mailbox: entry.recipient,
  topic: entry.topic,
  message: envelope.message,
});

/**
 * What a denial makes of an entry: a dead letter. But what one who takes from a shared mailbox may not have is offered to
 * those who have not been asked, unless nobody may have it.
 */
const denialFor = (lease: Lease, verdict: Verdict, context: BusContext): Outcome => {
  const { holder } = lease.entry;
  if (holder === undefined || verdict.point === 'send') return { kind: 'denied', verdict };
  const asked = new Set(lease.passedBy).add(agentKey(holder));
  return mayBeTakenByOthers(sharedOf(lease), asked, context)
    ? { kind: 'pass', reason: verdict.code ?? 'POLICY_DENIED' }
    : { kind: 'denied', verdict };
};

/** Keeps the newer verdict: the lease goes on under it, or ends before its consumer saw the message. */
const conclude = async (
  lease: Lease,
  verdict: Verdict,
  facts: readonly ConversationFact[],
  context: JudgingContext,
): Promise<Lease | undefined> => {
  const { broker, clock, constitution } = context;
  if (verdict.effect === 'allow') {
    const rebound = await broker.rebind(proofOf(lease), verdict, facts);
    context.telemetry.admissions.judged(verdict);
    return { ...rebound, envelope: deliveredEnvelope(rebound.envelope, verdict) };
  }
  if (context.closing.aborted) {
    // Nobody waited for the answer: that is no verdict on the message. The next start asks again.
    await broker.settle(proofOf(lease), { kind: 'return' });
    return undefined;
  }
  const holdUntil = clock.now() + constitution.manifest.thresholds.holdSeconds * 1000;
  await broker.settle(
    proofOf(lease),
    verdict.effect === 'deny' ? denialFor(lease, verdict, context) : { kind: 'escalated', verdict, holdUntil },
  );
  context.telemetry.admissions.judged(verdict);
  return undefined;
};

/**
 * Judging takes time, and so does writing: what has expired meanwhile becomes a dead letter instead, and what the kill
 * switch stops goes back to its queue.
 */
const unlessOver = (lease: Lease | undefined, context: BusContext): Lease | undefined => {
  if (lease === undefined) return undefined;
  const { broker, background, clock } = context;
  if (isHalted(lease, context)) {
    background.run('grant', () => broker.settle(proofOf(lease), { kind: 'return' }));
    return undefined;
  }
  // Most never expire: they are spared the look at the clock.
  if (lease.entry.expiresAt === 0 || !isPast(lease.entry, clock.now())) return lease;
  background.run('grant', () => broker.settle(proofOf(lease), { kind: 'nack', reason: expiryCode }));
  return undefined;
};

/**
 * The last point before a consumer sees a message. What the verdict in hand does not bind any more is judged again;
 * denied, it becomes a dead letter; escalated, it is held.
 *
 * @returns the lease under the verdict that allows it, with the message as its recipient gets it, or nothing.
 */
export const grant = (lease: Lease, context: BusContext): Eventual<Lease | undefined> => {
  const delivered = deliveredEnvelope(lease.envelope, lease.entry.verdict);
  if (stillBinds(lease, delivered, context)) {
    return unlessOver(delivered === lease.envelope ? lease : { ...lease, envelope: delivered }, context);
  }
  const { conversations } = context;
  const settled = conversations.settle(lease.envelope.message, async (conversation) => {
    using held = context.life.lease();
    const own = judging(context, held);
    const verdict = await context.telemetry.again(lease.envelope, () => judgeAgain(lease, conversation, own));
    const observations = await observedAgain(lease, verdict, own);
    const conclusion = (facts: readonly ConversationFact[]) => conclude(lease, verdict, facts, own);
    return await conversations.commit(conversation, observations, held, conclusion);
  });
  return whenKnown(settled, (known) => unlessOver(known, context));
};

/** How long a message waits whose grant could not be completed: the store needs a moment, not a storm. */
const grantRetryMs = 1000;

const retryLater = (lease: Lease, error: unknown, context: BusContext): undefined => {
  context.background.report('grant', error);
  const { code: reason } = toCharterbusError(error);
  const retry = { kind: 'nack', reason, delayMs: grantRetryMs } as const;
  // Should this fail too, the lease runs out.
  context.background.run('grant', () => context.broker.settle(proofOf(lease), retry));
};

/** As `grant`; where that fails, it is reported and the message is tried again later: others are not held up. */
const grantOrRetry = (lease: Lease, context: BusContext): Eventual<Lease | undefined> => {
  try {
    const granted = grant(lease, context);
    if (!(granted instanceof Promise)) return granted;
    return granted.catch((error: unknown) => retryLater(lease, error, context));
  } catch (error) {
    return retryLater(lease, error, context);
  }
};

/** What was granted when another constitution came into force, with the message as it was sent: to be looked at again. */
const outdated = (lease: Lease, granted: Lease, { life }: BusContext): Lease | undefined =>
  sameConstitution(granted.entry, life.current) ? undefined : { ...lease, entry: granted.entry };

/** Grants under the constitution that is in force when this answers. */
export const grantCurrent = (lease: Lease, context: BusContext): Eventual<Lease | undefined> => {
  const granted = grantOrRetry(lease, context);
  if (!(granted instanceof Promise)) return granted;
  return granted.then((known) => {
    const again = known && outdated(lease, known, context);
    return again === undefined ? known : grantCurrent(again, context);
  });
};

/** Grants all of them; those that were granted when another constitution came into force are looked at again. */
export const grantAll = async (leases: readonly Lease[], context: BusContext): Promise<readonly Lease[]> => {
  const granted = await Promise.all(leases.map(async (lease) => grantOrRetry(lease, context)));
  const again = leases.map((lease, place) => granted[place] && outdated(lease, granted[place], context));
  const given = granted.filter((lease, place) => lease !== undefined && again[place] === undefined);
  const looked = again.filter((lease) => lease !== undefined);
  if (looked.length === 0) return given as readonly Lease[];
  // Those that are good may not be, once the others are.
  return grantAll(
    leases.flatMap((lease, place) => {
      const known = granted[place];
      return known === undefined ? [] : [{ ...lease, entry: known.entry }];
    }),
    context,
  );
};
