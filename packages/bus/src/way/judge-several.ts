import { type Agent, agentKey, sha256, type Verdict } from '@charterbus/core-models';
import type { GatheredFacts } from '@charterbus/policy-client';
import type { JudgingContext } from '../context.js';
import type { Eventual } from '../eventual.js';
import type { Recipient } from './address.js';
import { gatherFacts } from './facts.js';
import type { Judged, JudgementSubject } from './judge.js';
import { judgementsPerTurn, nextTurn } from './turns.js';

/** How one recipient of several is judged. */
export interface SeveralJudge {
  /** The verdict at `send`. */
  readonly send: Verdict;
  /** The verdict on a recipient, the stricter of both points. @param facts where they were gathered already. */
  readonly judge: (recipient: Agent, facts: GatheredFacts | undefined) => Eventual<Verdict>;
}

/** Recipients whom the policies cannot tell apart. */
interface RecipientClass {
  readonly members: Recipient[];
  /** Of the first of them, where facts are gathered for each. */
  readonly facts?: GatheredFacts;
}

/** Lets others have their turn now and then. */
class Breath {
  #count = 0;

  async take(): Promise<void> {
    this.#count += 1;
    if (this.#count % judgementsPerTurn === 0) await nextTurn();
  }
}

const classesOf = async (
  subject: JudgementSubject,
  recipients: readonly Recipient[],
  context: JudgingContext,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RecipientClass>> => {
  const { envelope, sender } = subject;
  const known = context.constitution.recipientClasses(envelope.message, sender);
  const classes = new Map<string, RecipientClass>();
  const breath = new Breath();
  for (const recipient of recipients) {
    if (recipient.group === true) continue;
    const { agent, reference } = recipient;
    const facts =
      known?.gathersEach === true ? await gatherFacts('receive', subject, agent, context, signal) : undefined;
    if (facts !== undefined) await breath.take();
    const key = known === undefined ? agentKey(reference) : known.of(agent, facts);
    const others = classes.get(key);
    if (others !== undefined) others.members.push(recipient);
    else classes.set(key, { members: [recipient], ...(facts === undefined ? {} : { facts }) });
  }
  return classes;
};

/**
 * The verdict on one of a class as each of its members has it. Where facts were gathered for each, it names the member:
 * what facts rest on changes without the registry knowing.
 */
const bound = (
  verdict: Verdict,
  key: string,
  { members, facts }: RecipientClass,
  { agent, reference }: Recipient,
): Verdict => {
  if (members.length === 1) return verdict;
  const { recipient: _, recipientRevision: __, ...others } = verdict.binds;
  const binds = { ...others, messageDigest: verdict.binds.messageDigest };
  return facts === undefined
    ? { ...verdict, binds: { ...binds, recipientClass: sha256(key) } }
    : { ...verdict, binds: { ...binds, recipient: agentKey(reference), recipientRevision: agent.revision } };
};

/** Judges `receive` once for each class of recipients, unless `send` was denied; a queue group's members are asked later. */
export const judgeSeveral = async (
  subject: JudgementSubject,
  recipients: readonly Recipient[],
  { send, judge }: SeveralJudge,
  context: JudgingContext,
  signal: AbortSignal,
): Promise<readonly Judged[]> => {
  if (send.effect === 'deny') return recipients.map((recipient) => ({ recipient, verdict: send }));
  const verdicts = new Map<Recipient, Verdict>();
  const breath = new Breath();
  for (const [key, one] of await classesOf(subject, recipients, context, signal)) {
    const [first] = one.members;
    if (first === undefined) continue;
    await breath.take();
    const decided = await judge(first.agent, one.facts);
    const shared = decided === send || one.facts !== undefined ? undefined : bound(decided, key, one, first);
    for (const member of one.members) {
      verdicts.set(member, decided === send ? send : (shared ?? bound(decided, key, one, member)));
    }
  }
  return recipients.map((recipient) => ({ recipient, verdict: verdicts.get(recipient) ?? send }));
};
