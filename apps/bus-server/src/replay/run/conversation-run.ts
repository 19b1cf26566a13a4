import type { Clock, Effect, FactsRecord, PolicySource } from '@charterbus/core-models';
import { ReplayError } from '../replay-error.js';
import type { Decision, Explanation, ReplayTarget } from '../target/replay-target.js';
import type { Conversation } from '../trace/conversation-schema.js';
import type { Step } from '../translate/translate.js';
import type { Latencies } from './latencies.js';
import type { Ledger } from './ledger.js';
import type { StepPlace, StoppedCalls } from './stopped-calls.js';
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
  /** Where the determining policies stand; of calls that were not allowed. */
  readonly sources?: readonly PolicySource[];
  /** What the verdict knew besides the message; of calls that were not allowed. */
  readonly facts?: FactsRecord;
}

/** What the conversations of a run share. */
export interface RunContext {
  readonly target: ReplayTarget;
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly stopped: StoppedCalls;
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

/** Asked only about calls that are not allowed: what passes costs no second look. */
const explain = async ({ verdict, messageId }: Decision, { target }: RunContext): Promise<Explanation> =>
  verdict === 'allow' || messageId === undefined ? {} : target.explain(messageId, verdict);

/** Puts a call on record with what explains its verdict, and all the same without where that cannot be had. */
const recordCall = async (
  { taskId, trial, line }: Conversation,
  place: StepPlace,
  decision: Decision,
  context: RunContext,
  calls: CallRecord[],
): Promise<void> => {
  const { message, call, tool } = place.steps[place.position] ?? {};
  if (message === undefined || call === undefined || tool === undefined) return;
  const { verdict, reasons, policies } = decision;
  let explanation: Explanation = {};
  try {
    explanation = await explain(decision, context);
  } finally {
    const record = { task_id: taskId, trial, message, call, tool, verdict, reasons, policies, ...explanation };
    calls.push(record);
    context.stopped.add(record, line, place);
  }
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
    await recordCall(conversation, { steps, position }, decision, context, calls);
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
