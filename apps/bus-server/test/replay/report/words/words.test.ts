import { describe, expect, it } from 'vitest';
import { notes } from '../../../../src/replay/report/words/notes.js';
import { headline, listNote, setting } from '../../../../src/replay/report/words/words.js';
import { sampleReport } from '../sample-report.js';

const { totals } = sampleReport();
const calls = (allowed: number, denied: number, escalated: number) => ({
  totals: { ...totals, calls: { sent: allowed + denied + escalated, allowed, denied, escalated } },
});

describe('the headline', () => {
  it.each([
    [{}, '33 of 40 tool calls would have been stopped: 32 denied, 1 held for a decision.'],
    [calls(1, 0, 1), '1 of 2 tool calls would have been stopped: 1 held for a decision.'],
    [calls(0, 1200, 0), '1,200 of 1,200 tool calls would have been stopped: 1,200 denied.'],
    [calls(1, 0, 0), 'The one tool call would not have been stopped.'],
    [calls(2, 0, 0), 'None of the 2 tool calls would have been stopped.'],
    [calls(0, 0, 0), 'The replayed conversations hold no tool call.'],
    [{ outcome: 'failed' as const, problems: ['It broke.'] }, 'The replay failed: It broke.'],
  ])('says what matters most', (changes, sentence) => {
    expect(headline(sampleReport(changes))).toBe(sentence);
  });
});

describe('the setting', () => {
  it('names the recording, the constitution and its hash', () => {
    expect(setting(sampleReport())).toEqual([
      ['Recording', 'conversations.jsonl'],
      ['Replayed', '12 conversations, 140 messages, 40 tool calls'],
      ['Constitution', 'workshop, revision 3'],
      ['Constitutional hash', 'abababababababab'],
      ['Judged by', 'a bus made for the replay'],
    ]);
  });

  it('leaves out a constitution that was never known', () => {
    const { constitution: _unknown, ...report } = sampleReport({ target: 'server' });
    expect(setting(report).map(([name]) => name)).toEqual(['Recording', 'Replayed', 'Judged by']);
    expect(setting(report).at(-1)).toEqual(['Judged by', 'a running server']);
  });
});

describe('the notes', () => {
  it('say that it goes on as recorded, what was skipped and what else was stopped', () => {
    expect(notes(sampleReport())).toEqual([
      expect.stringMatching(/^Each conversation goes on as it was recorded, also after a call/),
      expect.stringMatching(/^A call that several rules stop is counted under each/),
      '2 messages that are no tool call would have been stopped, too.',
      expect.stringMatching(/^A fact that is “not shown” was known to the rule/),
      '1 malformed line of the recording could not be replayed: line 4 (The line is not JSON.).',
      '3 recorded messages were not sent: 2 instructions to the agent, 0 empty, 1 result without a call.',
      '1 call had arguments that are no JSON object; the rules saw their text.',
      'Every message is accounted for.',
    ]);
  });

  it('say how a replay ended that did not end well, and how many lines are not listed', () => {
    const malformed = Array.from({ length: 12 }, (_, index) => ({ line: index + 1, reason: 'no' }));
    const cut = { ...totals, malformedLines: 40, conversations: { completed: 1, cut: 2 } };
    const interrupted = notes(sampleReport({ outcome: 'interrupted', totals: cut, malformed }));
    expect(interrupted.at(-1)).toBe('The replay was interrupted; 2 conversations were cut short.');
    expect(interrupted.join()).toMatch(/40 malformed lines .* line 10 \(no\) and 30 more\./);
    const failed = notes(sampleReport({ outcome: 'failed', problems: ['One.', 'Two.'] }));
    expect(failed.at(-1)).toBe('What went wrong: Two.');
  });

  it('say nothing of what there is none of', () => {
    const skipped = { instruction: 0, empty: 0, unpaired: 0 };
    const quiet = { ...calls(40, 0, 0).totals, messages: { ...totals.messages, denied: 0, escalated: 0 }, skipped };
    const report = { totals: { ...quiet, malformedLines: 0 }, stopped: [], malformed: [], keptArguments: [] };
    expect(notes(sampleReport(report))).toHaveLength(2);
  });
});

describe('the list of all calls', () => {
  it('says when it is cut', () => {
    const [call] = sampleReport().calls;
    if (call === undefined) throw new Error('The sample has no call.');
    expect(listNote(sampleReport())).toBeUndefined();
    expect(listNote(sampleReport({ calls: Array.from({ length: 1001 }, () => call) }))).toBe(
      'The first 1,000 of 1,001 calls are listed; the JSON report holds all.',
    );
  });
});
