import Table from 'cli-table3';
import type { ReplayReport } from './report-schema.js';

const longestCell = 60;

/** Recorded text in a terminal: on one line, without anything that a terminal would obey, not endless. */
export const printable = (text: string, most: number = longestCell): string => {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
  const characters = Array.from(plain);
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : plain;
};

const number = (value: number): string => value.toLocaleString('en-US');

/** Cells without colours: tables are also piped into files. */
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const numeric = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const drawn = new Table({
    head: [...head],
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  drawn.push(...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? number(cell) : printable(cell)))));
  return drawn.toString();
};

const countsOf = (row: ReplayReport['totals']['calls']): readonly number[] => [
  row.sent,
  row.allowed,
  row.denied,
  row.escalated,
];

const timings = ({ timings: { durationMs, messagesPerSecond, receiptMs } }: ReplayReport): string => {
  const speed = `${number(messagesPerSecond)} messages/s over ${(durationMs / 1000).toFixed(2)} s`;
  if (receiptMs === undefined) return speed;
  const { p50, p90, p99, max } = receiptMs;
  const latency = Object.entries({ p50, p90, p99, max }).map(([name, value]) => `${name} ${value.toFixed(1)}`);
  return `${speed}; receipts in ms: ${latency.join(', ')}`;
};

/** The report for people: by message type, by tool, by reason, and how fast. */
export const reportTables = (report: ReplayReport): readonly string[] => {
  const { byType, byTool, byReason } = report.totals;
  const verdicts = ['allowed', 'denied', 'escalated'];
  return [
    table(
      ['message type', 'sent', ...verdicts],
      byType.map((row) => [row.type, ...countsOf(row)]),
    ),
    ...(byTool.length === 0
      ? []
      : [
          table(
            ['tool', 'calls', ...verdicts],
            byTool.map((row) => [row.tool, ...countsOf(row)]),
          ),
        ]),
    ...(byReason.length === 0
      ? []
      : [
          table(
            ['verdict', 'reason', 'messages'],
            byReason.map((row) => [row.verdict, row.reason, row.messages]),
          ),
        ]),
    timings(report),
  ];
};
