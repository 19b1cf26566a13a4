import { type ReplayReport, replayReportSchema } from '../../../src/replay/report/report-schema.js';

const digest = 'd'.repeat(64);

const counts = (allowed: number, denied: number, escalated: number) => ({
  sent: allowed + denied + escalated,
  allowed,
  denied,
  escalated,
});

const refund = { task_id: 'refund-brakes', trial: 0, message: 4, call: 'call_1', tool: 'refund' } as const;
const note = { task_id: 'lost-pump', trial: 1, message: 6, call: 'call_2', tool: 'add_note' } as const;
const gone = { task_id: 7, trial: 0, message: 3, call: 'call_9', tool: 'refund' } as const;

const refundFacts: ReplayReport['stopped'][number]['calls'][number]['facts'] = {
  action: 'refund',
  digest,
  read: [
    { name: 'paid', value: { currency: 'crowns', amount: 38 } },
    { name: 'collected_at', value: '2026-03-02T09:30:00.000Z' },
    { name: 'states', value: ['mounted', 'collected'] },
    { name: 'card', redacted: true },
  ],
  slots: { tickets: digest },
};

const goneFacts = { action: 'refund', digest, read: [], wanting: ['ticket'] } as const;

const stopped: ReplayReport['stopped'] = [
  {
    rule: 'no-late-refunds',
    verdict: 'deny',
    description: 'Money goes back within two weeks of collection, and never more than was paid.',
    file: 'policies/counter.cedar',
    line: 8,
    count: 31,
    calls: [
      {
        ...refund,
        arguments: { ticket: 4688, amount: 380, reason: 'The brakes squeal.', items: [{ part: 'brake', count: 2 }] },
        facts: refundFacts,
        excerpt: [
          { message: 1, role: 'customer', text: 'The brakes that you mounted last week squeal. I want my money back.' },
          {
            message: 4,
            role: 'agent',
            text: 'I am sorry to hear that.\n\n- I give you 380 crowns back.\n- Is that fine?',
          },
        ],
      },
    ],
  },
  {
    rule: 'notes-are-read',
    verdict: 'escalate',
    count: 1,
    calls: [{ ...note, arguments: 'not an object', excerpt: [] }],
  },
  {
    rule: 'FACT_UNAVAILABLE',
    verdict: 'deny',
    description: 'A fact that the policies require is not available.',
    count: 1,
    calls: [{ ...gone, arguments: { ticket: 1 }, facts: goneFacts, excerpt: [] }],
  },
];

/** A report of a replay in which rules that know facts stopped 33 of 40 calls. */
export const sampleReport = (changes: Partial<ReplayReport> = {}): ReplayReport =>
  replayReportSchema.parse({
    format: 'charterbus.replay-report/1',
    outcome: 'complete',
    problems: [],
    constitution: { name: 'workshop', revision: 3, hash: 'ab'.repeat(32), shortHash: 'ab'.repeat(8) },
    target: 'embedded',
    trace: 'conversations.jsonl',
    durability: ['fsync'],
    conversations: 12,
    messages: 140,
    calls: [
      { ...refund, verdict: 'deny', reasons: ['no-late-refunds'], policies: ['no-late-refunds'], facts: refundFacts },
      { ...note, verdict: 'escalate', reasons: ['notes-are-read'], policies: ['notes-are-read'] },
      { ...gone, verdict: 'deny', reasons: ['FACT_UNAVAILABLE'], policies: [], facts: goneFacts },
      { ...note, message: 8, verdict: 'allow', reasons: ['tasks'], policies: ['tasks'] },
    ],
    stopped,
    keptArguments: [{ ...note, reason: 'The arguments are not a JSON object.' }].map(
      ({ tool: _tool, ...kept }) => kept,
    ),
    malformed: [{ line: 4, reason: 'The line is not JSON.' }],
    totals: {
      messages: { ...counts(105, 34, 1), delivered: 105, unknown: 0 },
      conversations: { completed: 12, cut: 0 },
      calls: counts(7, 32, 1),
      byType: [{ type: 'task_request', ...counts(7, 32, 1) }],
      byTool: [
        { tool: 'add_note', ...counts(7, 0, 1) },
        { tool: 'refund', ...counts(0, 32, 0) },
      ],
      byReason: [{ verdict: 'deny', reason: 'no-late-refunds', messages: 31 }],
      skipped: { instruction: 2, empty: 0, unpaired: 1 },
      malformedLines: 1,
    },
    timings: { durationMs: 1500, messagesPerSecond: 93 },
    ...changes,
  } satisfies ReplayReport);
