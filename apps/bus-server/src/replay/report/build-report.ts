import type { CallRecord } from '../run/conversation-run.js';
import { roundMs } from '../run/latencies.js';
import type { ReplayRun } from '../run/replay-run.js';
import { sentenceOf } from '../sentences.js';
import type { ReplayReport } from './report-schema.js';
import { stoppedRules } from './stopped-rules.js';

type Totals = ReplayReport['totals'];

const callTotals = (calls: readonly CallRecord[]): Totals['calls'] => {
  const of = (verdict: CallRecord['verdict']): number => calls.filter((call) => call.verdict === verdict).length;
  return { sent: calls.length, allowed: of('allow'), denied: of('deny'), escalated: of('escalate') };
};

const sum = (rows: readonly { readonly sent: number }[]): number => rows.reduce((total, { sent }) => total + sent, 0);

/** Totals that were counted apart and must agree. */
const disagreements = ({ messages, calls, byType, byTool }: Totals): readonly string[] => {
  const decided = messages.sent - messages.unknown;
  return [
    ...(sum(byType) === decided ? [] : [`The rows by type hold ${sum(byType)} messages instead of ${decided}.`]),
    ...(sum(byTool) === calls.sent ? [] : [`The rows by tool hold ${sum(byTool)} calls instead of ${calls.sent}.`]),
  ];
};

/** A file of something else, most likely. */
const emptiness = ({ conversations, malformedLines, interrupted, failure }: ReplayRun): readonly string[] =>
  conversations.length + malformedLines === 0 && !interrupted && failure === undefined
    ? ['The trace holds no conversations.']
    : [];

const totalsOf = (run: ReplayRun, calls: readonly CallRecord[]): Totals => ({
  messages: run.ledger.totals,
  conversations: { completed: run.completed, cut: run.conversations.length - run.completed },
  calls: callTotals(calls),
  byType: run.tally.byType,
  byTool: run.tally.byTool,
  byReason: run.tally.byReason,
  skipped: run.skipped,
  malformedLines: run.malformedLines,
});

const timingsOf = ({ durationMs, ledger, latencies }: ReplayRun): ReplayReport['timings'] => {
  const receiptMs = latencies.summary();
  const perSecond = durationMs === 0 ? 0 : (ledger.totals.sent * 1000) / durationMs;
  return {
    durationMs: roundMs(durationMs),
    messagesPerSecond: Math.round(perSecond),
    ...(receiptMs === undefined ? {} : { receiptMs }),
  };
};

const outcomeOf = ({ failure, interrupted }: ReplayRun, problems: readonly string[]): ReplayReport['outcome'] => {
  if (failure === undefined && interrupted && problems.length === 0) return 'interrupted';
  return problems.length === 0 ? 'complete' : 'failed';
};

/** What a run that has ended amounts to. */
export const buildReport = (
  run: ReplayRun,
  { target, trace }: Pick<ReplayReport, 'target' | 'trace'>,
): ReplayReport => {
  const calls = run.conversations.flatMap((conversation) => conversation.calls);
  const totals = totalsOf(run, calls);
  const problems = [
    ...(run.failure === undefined ? [] : [sentenceOf(run.failure)]),
    ...emptiness(run),
    ...run.ledger.problems(),
    ...disagreements(totals),
  ];
  return {
    format: 'charterbus.replay-report/1',
    outcome: outcomeOf(run, problems),
    problems,
    ...(run.constitution === undefined ? {} : { constitution: run.constitution }),
    target,
    trace,
    durability: run.tally.durability,
    conversations: run.conversations.length,
    messages: totals.messages.sent,
    calls,
    stopped: stoppedRules(run, calls),
    keptArguments: run.conversations.flatMap(({ kept }) => kept),
    malformed: run.malformed,
    totals,
    timings: timingsOf(run),
  };
};
