import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConversation } from '../../../src/replay/trace/parse-conversation.js';

const parse = (text: string, number = 7) => parseConversation({ number, bytes: text.length, text });

describe('reading a conversation', () => {
  it('keeps task and trial as they were recorded', () => {
    expect(parse('{"task_id":"a","trial":2,"messages":[]}')).toEqual({
      conversation: { line: 7, taskId: 'a', trial: 2, messages: [] },
    });
  });

  it('takes the number of the line where they are missing or null', () => {
    expect(parse('{"trial":null,"messages":[]}')).toMatchObject({ conversation: { taskId: 7, trial: 7 } });
  });

  it.each([
    ['{', 'The line is not JSON.'],
    ['[]', 'The line is not a conversation'],
    ['{}', 'messages: '],
    ['{"task_id":{},"messages":[]}', 'task_id: must be a number or text.'],
    ['{"messages":[{"role":"narrator"}]}', 'messages.0.role: '],
    ['{"messages":[{"role":"user","content":3}]}', 'messages.0.content: must be text, null or a list of parts.'],
    ['{"messages":[{"role":"tool","content":"x"}]}', 'messages.0.tool_call_id: '],
    ['{"messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]}', 'messages.0.tool_calls.0: must have an id'],
  ])('says what is wrong with %s', (text, reason) => {
    expect(parse(text)).toEqual({ malformed: { line: 7, reason: expect.stringContaining(reason) as string } });
  });

  it('passes on why a line has no text', () => {
    const line = { number: 3, bytes: 9, problem: 'The line is not UTF-8.' };
    expect(parseConversation(line)).toEqual({ malformed: { line: 3, reason: 'The line is not UTF-8.' } });
  });

  it('does not repeat what a line holds, which may be private', () => {
    expect(JSON.stringify(parse('{"messages": secret'))).not.toContain('secret');
  });

  it('answers any text with a conversation or a reason', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        const parsed = parse(text);
        expect('malformed' in parsed ? parsed.malformed.line : parsed.conversation.line).toBe(7);
      }),
    );
  });
});
