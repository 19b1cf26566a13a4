import type { JsonValue } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallRecord } from '../../../src/replay/run/conversation-run.js';
import { StoppedCalls } from '../../../src/replay/run/stopped-calls.js';
import type { Step } from '../../../src/replay/translate/translate.js';

const record = (changes: Partial<CallRecord> = {}): CallRecord => ({
  task_id: 't',
  trial: 0,
  message: 0,
  call: 'c',
  tool: 'look',
  verdict: 'deny',
  reasons: ['R1'],
  policies: ['R1'],
  ...changes,
});

const step = (given: JsonValue = {}): Step => ({
  message: 0,
  from: 'agent',
  to: 'tool:look',
  type: 'task_request',
  content: { tool: 'look', arguments: given, call: 'c' },
});

const only = { steps: [step()], position: 0 };

describe('stopped calls', () => {
  it('are gathered by rule, the one that stops most first; a call of several rules is in each', () => {
    const stopped = new StoppedCalls();
    stopped.add(record({ reasons: ['R1', 'R2', 'R2'] }), 1, only);
    stopped.add(record({ reasons: ['R2'] }), 2, only);
    stopped.add(record({ verdict: 'escalate', reasons: ['R0'] }), 3, only);
    stopped.add(record({ verdict: 'allow' }), 4, only);
    expect(stopped.rules.map(({ rule, verdict, count, calls }) => [rule, verdict, count, calls.length])).toEqual([
      ['R2', 'deny', 2, 2],
      ['R0', 'escalate', 1, 1],
      ['R1', 'deny', 1, 1],
    ]);
  });

  it('keep the first examples of the trace in whatever order they come, and count all', () => {
    const lines = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 60 });
    fc.assert(
      fc.property(lines, (order) => {
        const stopped = new StoppedCalls(3);
        for (const line of order) stopped.add(record({ task_id: line }), line, only);
        const [rule] = stopped.rules;
        expect(rule?.count ?? 0).toBe(order.length);
        const first = order.toSorted((left, right) => left - right).slice(0, 3);
        expect(rule?.calls.map(({ task_id }) => task_id) ?? []).toEqual(first);
      }),
      { seed: 17 },
    );
  });

  it('within a conversation come in its order', () => {
    const stopped = new StoppedCalls();
    const steps = [step(), step()];
    for (const position of [1, 0]) stopped.add(record({ message: position }), 1, { steps, position });
    expect(stopped.rules[0]?.calls.map(({ message }) => message)).toEqual([0, 1]);
  });

  it('hold arguments and facts, of large arguments the beginning of their text', () => {
    const facts = { action: 'look', digest: 'd', read: [{ name: 'paid', value: 38 }] };
    const stopped = new StoppedCalls();
    stopped.add(record({ facts }), 1, { steps: [step({ ticket: 1 })], position: 0 });
    stopped.add(record(), 2, { steps: [step({ note: 'x'.repeat(10_000) })], position: 0 });
    const [small, large] = stopped.rules[0]?.calls ?? [];
    expect(small).toMatchObject({ arguments: { ticket: 1 }, facts });
    expect(large?.arguments).toMatch(/^\{"note":"x{3990}…$/);
    expect(large).not.toHaveProperty('facts');
  });
});
