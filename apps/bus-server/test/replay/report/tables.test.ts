import { describe, expect, it } from 'vitest';
import { replayReportSchema } from '../../../src/replay/report/report-schema.js';
import { printable, reportTables } from '../../../src/replay/report/tables.js';

const counts = { sent: 1234, allowed: 1200, denied: 30, escalated: 4 };
const report = replayReportSchema.parse({
  format: 'charterbus.replay-report/1',
  outcome: 'complete',
  problems: [],
  target: 'embedded',
  trace: 'trace.jsonl',
  durability: ['fsync'],
  conversations: 1,
  messages: 1234,
  calls: [],
  stopped: [],
  keptArguments: [],
  malformed: [],
  totals: {
    messages: { ...counts, delivered: 1200, unknown: 0 },
    conversations: { completed: 1, cut: 0 },
    calls: counts,
    byType: [{ type: 'task_request', ...counts }],
    byTool: [{ tool: '\u001b[2Jwipe', ...counts }],
    byReason: [{ verdict: 'deny', reason: 'R1', messages: 30 }],
    skipped: { instruction: 0, empty: 0, unpaired: 0 },
    malformedLines: 0,
  },
  timings: { durationMs: 1500, messagesPerSecond: 823, receiptMs: { p50: 1, p90: 2, p99: 3.26, max: 4 } },
});

describe('tables', () => {
  it('show types, tools and reasons, and how fast it went', () => {
    const [types, tools, reasons, speed] = reportTables(report);
    expect(types).toMatch(/task_request +│ +1,234 │ +1,200 │ +30 │ +4 │/);
    expect(tools).toMatch(/│ 1,234 │/);
    expect(reasons).toMatch(/deny +│ R1 +│ +30 │/);
    expect(speed).toBe('823 messages/s over 1.50 s; receipts in ms: p50 1.0, p90 2.0, p99 3.3, max 4.0');
  });

  it('leave out what there is none of', () => {
    const { receiptMs: _none, ...timings } = report.timings;
    const totals = { ...report.totals, byTool: [], byReason: [] };
    const shown = reportTables({ ...report, totals, timings });
    expect(shown).toHaveLength(2);
    expect(shown.at(-1)).toBe('823 messages/s over 1.50 s');
  });

  it('let no recorded text reach the terminal as more than text', () => {
    expect(reportTables(report).join('')).not.toContain('\u001b');
    expect(printable('a\u001b[31m\r\n\u202eb\ud800')).toBe('a\u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}b\u{FFFD}');
    expect(printable('x'.repeat(500))).toBe(`${'x'.repeat(59)}…`);
  });
});
