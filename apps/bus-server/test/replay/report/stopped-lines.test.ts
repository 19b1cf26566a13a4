import { describe, expect, it } from 'vitest';
import { stoppedLines } from '../../../src/replay/report/stopped-lines.js';
import { sampleReport } from './sample-report.js';

describe('the lines about what would have been stopped', () => {
  it('name each rule with its count, description and place, and one example', () => {
    expect(stoppedLines(sampleReport())).toEqual([
      'What the constitution would have stopped: 33 of 40 tool calls',
      '  no-late-refunds: Money goes back within two weeks of collection, and never more than was paid.',
      '      31 calls denied; policies/counter.cedar:8',
      '      e.g. refund-brakes, message 4: refund {"ticket":4688,"amount":380,"reason":"The brakes squeal.","items"…',
      '      customer: “The brakes that you mounted last week squeal. I want my money back.”',
      '  notes-are-read',
      '      1 call held for a decision',
      '      e.g. lost-pump, message 6: add_note "not an object"',
      '  FACT_UNAVAILABLE: A fact that the policies require is not available.',
      '      1 call denied',
      '      e.g. 7, message 3: refund {"ticket":1}',
    ]);
  });

  it('are none where nothing would have been', () => {
    expect(stoppedLines(sampleReport({ stopped: [] }))).toEqual([]);
  });

  it('let no recorded text reach the terminal as more than text', () => {
    const [rule] = sampleReport().stopped;
    const [call] = rule?.calls ?? [];
    if (rule === undefined || call === undefined) throw new Error('The sample has no example.');
    const hostile = '\u001b[2J\u202e\r\nwipe';
    const excerpt = [{ message: 1, role: 'agent' as const, text: hostile }];
    const calls = [{ ...call, task_id: hostile, tool: hostile, arguments: { [hostile]: hostile }, excerpt }];
    const lines = stoppedLines(sampleReport({ stopped: [{ ...rule, rule: hostile, description: hostile, calls }] }));
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(lines).toHaveLength(5);
    expect(lines.every((line) => line.length <= 140)).toBe(true);
  });
});
