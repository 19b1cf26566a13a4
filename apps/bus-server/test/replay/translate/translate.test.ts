import { identifierPattern } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConversation } from '../../../src/replay/trace/parse-conversation.js';
import { type Translation, translate } from '../../../src/replay/translate/translate.js';
import { toolCall, traceLine } from '../support.js';

type Result = Translation | { readonly malformed: string };

const translated = (line: string): Result => {
  const parsed = parseConversation({ number: 1, bytes: line.length, text: line });
  if ('malformed' in parsed) return { malformed: parsed.malformed.reason };
  const result = translate(parsed.conversation);
  return 'malformed' in result ? { malformed: result.malformed.reason } : result.translation;
};

const steps = (...messages: readonly unknown[]): Translation['steps'] => {
  const result = translated(traceLine(messages));
  if ('malformed' in result) throw new Error(result.malformed);
  return result.steps;
};

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown, ...calls: readonly unknown[]) => ({
  role: 'assistant',
  content,
  tool_calls: calls,
});
const tool = (id: string, content: unknown) => ({ role: 'tool', tool_call_id: id, content });

describe('the mapping', () => {
  it('makes queries, responses, task requests and task responses', () => {
    const conversation = [user('hello'), assistant('a moment', toolCall('c', 'look', '{"at":1}')), tool('c', '[2]')];
    expect(steps(...conversation, assistant('there'))).toEqual([
      { message: 0, from: 'customer', to: 'agent', type: 'query', content: { text: 'hello' } },
      { message: 1, from: 'agent', to: 'customer', type: 'response', content: { text: 'a moment' }, inReplyTo: 0 },
      {
        message: 1,
        from: 'agent',
        to: 'tool:look',
        type: 'task_request',
        tool: 'look',
        call: 'c',
        content: { tool: 'look', arguments: { at: 1 }, call: 'c' },
      },
      {
        message: 2,
        from: 'tool:look',
        to: 'agent',
        type: 'task_response',
        tool: 'look',
        inReplyTo: 2,
        content: { tool: 'look', call: 'c', result: [2] },
      },
      { message: 3, from: 'agent', to: 'customer', type: 'response', content: { text: 'there' }, inReplyTo: 0 },
    ]);
  });

  it('pairs a result with the nearest unanswered call of its id', () => {
    const calls = [assistant(null, toolCall('c', 'first')), tool('c', '1'), assistant(null, toolCall('c', 'second'))];
    const answers = [assistant(null, toolCall('c', 'third')), tool('c', '3'), tool('c', '2')];
    const responses = steps(...calls, ...answers).filter(({ type }) => type === 'task_response');
    expect(responses.map(({ tool: name, inReplyTo }) => [name, inReplyTo])).toEqual([
      ['first', 0],
      ['third', 3],
      ['second', 2],
    ]);
  });

  it('does not answer a query that is not there', () => {
    expect(steps(assistant('welcome'))[0]).not.toHaveProperty('inReplyTo');
  });

  it('joins the parts that have text', () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'image_url', image_url: {} },
      'b',
      { type: 'refusal', refusal: 'c' },
    ];
    expect(steps(user(parts))[0]?.content).toEqual({ text: 'a\nb\nc' });
    expect(steps({ role: 'assistant', refusal: 'no' })[0]?.content).toEqual({ text: 'no' });
  });

  it('counts what it does not send', () => {
    const silent = [
      { role: 'system', content: 'x' },
      { role: 'developer' },
      user(null),
      assistant(''),
      tool('none', 'x'),
    ];
    expect(translated(traceLine(silent))).toEqual({
      steps: [],
      skipped: { instruction: 2, empty: 2, unpaired: 1 },
      keptArguments: [],
    });
  });

  it('takes calls of the older interface and custom tools', () => {
    const older = { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } };
    const custom = assistant(null, { id: 'c', type: 'custom', custom: { name: 'shell', input: 'ls' } });
    expect(steps(older, { role: 'function', name: 'f', content: 'done' }, custom)).toMatchObject([
      { type: 'task_request', tool: 'f', call: 'function_call:0' },
      { type: 'task_response', tool: 'f', inReplyTo: 0, content: { result: 'done' } },
      { type: 'task_request', tool: 'shell', content: { arguments: 'ls' } },
    ]);
  });
});

describe('arguments', () => {
  it.each([
    ['not JSON', 'The arguments are not a JSON object.'],
    ['[1]', 'The arguments are not a JSON object.'],
    ['{"__proto__":1}', 'The content has the key __proto__.'],
    ['{"n":12345678901234567890}', 'The content at /n has an integer beyond 2^53'],
    [`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, 'is nested deeper than 31 levels'],
  ])('%s is sent as text, and told', (text, reason) => {
    const result = translated(traceLine([assistant(null, toolCall('c', 'f', text))]));
    expect(result).toMatchObject({
      steps: [{ content: { arguments: text } }],
      keptArguments: [{ message: 0, call: 'c', reason: expect.stringContaining(reason) as string }],
    });
  });

  it('may be an object; one that no message can carry makes the line malformed', () => {
    expect(steps(assistant(null, toolCall('c', 'f', { a: 1 })))[0]?.content).toMatchObject({ arguments: { a: 1 } });
    const line = `{"messages":[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}}}]}]}`;
    expect(translated(line)).toMatchObject({
      malformed: expect.stringMatching(/^messages\.0: .*nested deeper/) as string,
    });
  });

  it('a result that no message can carry stays text', () => {
    const result = '{"__proto__":1}';
    expect(steps(assistant(null, toolCall('c', 'f')), tool('c', result))[1]?.content).toMatchObject({ result });
  });
});

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constant(''), fc.json());
const content = fc.oneof(
  text,
  fc.constant(null),
  fc.array(fc.oneof(text, fc.record({ type: text, text })), { maxLength: 3 }),
);
const id = fc.constantFrom('a', 'b', '__proto__', 'constructor', '');
const name = fc.oneof(fc.constantFrom('look', 'agent', 'customer', '__proto__', ''), fc.string({ unit: 'binary' }));
const call = fc.tuple(id, name, fc.oneof(text, fc.object())).map((parts) => toolCall(...parts));
const message = fc.oneof(
  content.map(user),
  fc.tuple(content, fc.array(call, { maxLength: 3 })).map(([own, calls]) => assistant(own, ...calls)),
  fc.tuple(id, content).map((parts) => tool(...parts)),
  fc.constantFrom({ role: 'system' }, { role: 'developer', content: [] }),
);

describe('hostile transcripts', () => {
  it('keep indices, order, parties and answers right', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
        const result = translated(traceLine(messages));
        if ('malformed' in result) return;
        const indices = result.steps.map((step) => step.message);
        expect(indices).toEqual(indices.toSorted((left, right) => left - right));
        for (const [position, step] of result.steps.entries()) {
          expect([step.from, step.to]).toSatisfy((ids: string[]) => ids.every((own) => identifierPattern.test(own)));
          expect(messages[step.message]).toHaveProperty(
            'role',
            { customer: 'user', agent: 'assistant' }[step.from] ?? 'tool',
          );
          const { inReplyTo = -1 } = step;
          expect(inReplyTo).toBeLessThan(position);
          expect(result.steps[inReplyTo]?.to ?? step.from).toBe(step.from);
        }
        const answered = result.steps.filter(({ type }) => type === 'task_response').map(({ inReplyTo }) => inReplyTo);
        expect(new Set(answered).size).toBe(answered.length);
        const { instruction, empty, unpaired } = result.skipped;
        expect(new Set(indices).size + instruction + empty + unpaired).toBe(messages.length);
      }),
    );
  });

  it('never throw', () => {
    const anything = fc.oneof(message, fc.object(), fc.anything());
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 6 }), (messages) => {
        const line = JSON.stringify({ messages }, (_key, value: unknown) => (typeof value === 'bigint' ? 1 : value));
        expect(translated(line)).toBeTypeOf('object');
      }),
    );
  });

  it('of forty thousand calls and results of one id are translated', () => {
    const calls = Array.from({ length: 20_000 }, () => toolCall('c', 'f', ''));
    const results = Array.from({ length: 20_001 }, () => tool('c', ''));
    expect(steps(assistant(null, ...calls), ...results)).toHaveLength(40_000);
  });
});
