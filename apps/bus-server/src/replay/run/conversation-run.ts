import type { Clock, Effect } from '@charterbus/core-models';
import { ReplayError } from '../replay-error.js';
import type { Decision, ReplayTarget } from '../target/replay-target.js';
import type { Conversation } from '../trace/conversation-schema.js';
import type { Step } from '../translate/translate.js';
import type { Latencies } from './latencies.js';
import type { Ledger } from './ledger.js';
import type { Tally } from './tally.js';
import { type Patience, waitWithin } from './wait-within.js';

/** A tool call and what was decided about it. */
export interface CallRecord {
  readonly task_id: string | number;
  readonly trial: string | number;
  /** The index in the conversation's `messages`. */
  readonly message: number;
  /** The recorded id; it may repeat within a conversation. */
  readonly call: string;
  readonly tool: string;
  readonly verdict: Effect;
  readonly reasons: readonly string[];
  readonly policies: readonly string[];
}

/** What the conversations of a run share. */
export interface RunContext {
  readonly target: ReplayTarget;
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly latencies: Latencies;
  readonly clock: Clock;
  /** How long a delivery may take. */
  readonly patience: Patience;
  /** Aborted when nothing new is to be sent. */
  readonly halt: AbortSignal;
  /** Every id of a conversation begins with it, so that runs on one server do not meet. */
  readonly runId: string;
  readonly onMessage: () => void;
}

const sendStep = async (
  step: Step,
  line: number,
  { ids, position }: { readonly ids: readonly (string | undefined)[]; readonly position: number },
  { target, ledger, clock, latencies, runId }: RunContext,
): Promise<Decision> => {
  const { from, to, type, content } = step;
  const inReplyTo = step.inReplyTo === undefined ? undefined : ids[step.inReplyTo];
  const conversationId = `${runId}:${line}`;
  ledger.sending();
  const began = clock.monotonic();
  const decision = await target.send({
    from,
    to,
    type,
    content,
    conversationId,
    key: `${conversationId}:${position}`,
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
  });
  latencies.add(clock.monotonic() - began);
  return decision;
};

const callRecord = ({ taskId, trial }: Conversation, step: Step, decision: Decision): CallRecord | undefined => {
  const { message, call, tool } = step;
  if (call === undefined || tool === undefined) return undefined;
  const { verdict, reasons, policies } = decision;
  return { task_id: taskId, trial, message, call, tool, verdict, reasons, policies };
};

/**
 * Sends one conversation as it was recorded, whatever is decided: each message after the one before has its receipt and,
 * where it was allowed, was acknowledged by its recipient.
 *
 * @param calls gets a record of each tool call that was decided about, also where the conversation is cut short.
 * @returns whether it came to its end.
 * @throws what the target throws; ReplayError where an allowed message does not arrive in time.
 */
export const runConversation = async (
  conversation: Conversation,
  steps: readonly Step[],
  context: RunContext,
  calls: CallRecord[],
): Promise<boolean> => {
  const { ledger, tally, patience } = context;
  const ids: (string | undefined)[] = [];
  for (const [position, step] of steps.entries()) {
    if (context.halt.aborted) return false;
    const decision = await sendStep(step, conversation.line, { ids, position }, context);
    const { verdict, messageId } = decision;
    ids.push(messageId);
    ledger.decided(verdict, step.to, messageId);
    tally.add(step, decision);
    const call = callRecord(conversation, step, decision);
    if (call !== undefined) calls.push(call);
    if (verdict === 'allow' && messageId !== undefined) {
      const late = (): Error =>
        new ReplayError(
          `A message of line ${conversation.line} was allowed but not delivered within ${patience.milliseconds} ms.`,
        );
      await waitWithin(ledger.arrival(messageId), patience, late);
    }
    context.onMessage();
  }
  return true;
};
