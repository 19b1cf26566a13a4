import type { Agent, Envelope, Escalation, Verdict } from '@charterbus/core-models';
import type { Approval } from '@charterbus/policy-client';
import type { HoldDecision } from '../broker/broker.js';
import { deliveryId, type Entry } from '../broker/entry.js';
import type { ConversationFact } from '../broker/journal.js';
import { isShared } from '../broker/mailbox-name.js';
import { type BusContext, type JudgingContext, judging } from '../context.js';
import { movedOn } from '../conversation/conversations.js';
import { haltedError } from './halted.js';
import { senderOf } from './identify.js';
import { judgeBoth, judgeSend } from './judge.js';
import { judgementsPerTurn, nextTurn } from './turns.js';

/** What the holds of one message have in common. */
interface Held {
  readonly envelope: Envelope | undefined;
  /** Nobody, where the sender is gone. */
  readonly sender: Agent | undefined;
  /** What the message waits for at `send`. */
  readonly escalations: readonly Escalation[];
}

const heldMessage = async (messageId: string, context: BusContext): Promise<Held> => {
  const { reader } = context.broker;
  const envelope = await reader.envelope(messageId);
  const sender = envelope && (await senderOf(envelope, context));
  const record = await reader.message(messageId);
  return { envelope, sender, escalations: record?.verdicts[0]?.escalations ?? [] };
};

/** What the entry waited for, at `send` and at `receive`, bound to its bytes; and what was approved before. */
const approvalsOf = (entry: Entry, { escalations }: Held): readonly Approval[] => {
  const { messageDigest } = entry.verdict.binds;
  const approvals = [
    ...entry.approvals,
    ...[...escalations, ...entry.verdict.escalations].map(({ policy, policyDigest, name }) => ({
      policy,
      policyDigest,
      name,
      messageDigest,
    })),
  ];
  return [
    ...new Map(
      approvals.map((approval) => [`${approval.policy}/${approval.policyDigest}/${approval.name}`, approval]),
    ).values(),
  ];
};

/** What a judgement under the approval makes of a held entry. */
const decisionOf = (
  verdict: Verdict,
  { reason, approvals }: { readonly reason: string; readonly approvals: readonly Approval[] },
  { clock, constitution }: JudgingContext,
): HoldDecision => {
  if (verdict.effect === 'allow') return { kind: 'release', reason, verdict, approvals };
  if (verdict.effect === 'deny') return { kind: 'refuse', reason: verdict.code ?? 'POLICY_DENIED', verdict };
  const holdUntil = clock.now() + constitution.manifest.thresholds.holdSeconds * 1000;
  return { kind: 'hold-again', reason, verdict, approvals, holdUntil };
};

const releaseEntry = async (entry: Entry, held: Held, reason: string, context: BusContext): Promise<Entry> => {
  const { broker, conversations, registry } = context;
  const { envelope, sender } = held;
  const id = deliveryId(entry);
  const toGroup = isShared(entry.recipient);
  const recipient = registry.find(entry.recipient);
  if (envelope === undefined || sender === undefined || (recipient === undefined && !toGroup)) {
    return broker.decide(id, { kind: 'refuse', reason: 'RECIPIENT_UNREACHABLE' });
  }
  if (context.stops.halts.covers(envelope.message, entry.recipient.tenant)) throw haltedError();
  const approvals = approvalsOf(entry, held);
  const { message } = envelope;
  const direct = 'agent' in message.to;
  return conversations.settle(message, async (conversation) => {
    using lease = context.life.lease();
    const own = judging(context, lease);
    const subject = { envelope, sender, approvals, ...(conversation === undefined ? {} : { conversation }) };
    // Of a queue group `receive` is judged again when a member takes it, under what is approved now.
    const verdict = await context.telemetry.again(envelope, async () =>
      recipient === undefined
        ? judgeSend(subject, own, context.closing)
        : judgeBoth(subject, recipient, own, context.closing),
    );
    const decision = decisionOf(verdict, { reason, approvals }, own);
    const observes = decision.kind === 'release' && direct && recipient !== undefined;
    const known = observes ? own.constitution.observe({ message, sender, recipient }) : [];
    const write = (facts: readonly ConversationFact[]) => broker.decide(id, { ...decision, facts });
    const decided = await conversations.commit(conversation, known, lease, write);
    if (decided !== movedOn) context.telemetry.admissions.judged(verdict);
    return decided;
  });
};

/**
 * Judges each held entry of one message again, under the approval of what it waits for, and decides by that.
 *
 * @throws what the first failed with, after all were tried.
 */
export const releaseHeld = async (
  entries: readonly Entry[],
  reason: string,
  context: BusContext,
): Promise<readonly Entry[]> => {
  const [first] = entries;
  if (first === undefined) return [];
  const held = await heldMessage(first.message, context);
  const outcomes: Promise<PromiseSettledResult<Entry>[]>[] = [];
  for (const [index, entry] of entries.entries()) {
    if (index % judgementsPerTurn === judgementsPerTurn - 1) await nextTurn();
    outcomes.push(Promise.allSettled([releaseEntry(entry, held, reason, context)]));
  }
  const settled = (await Promise.all(outcomes)).flat();
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
};
