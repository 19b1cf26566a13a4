import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ellipsed, excerptBefore } from '../../../src/replay/run/excerpt.js';
import type { Step } from '../../../src/replay/translate/translate.js';

const says = (message: number, from: 'customer' | 'agent', text: string): Step => ({
  message,
  from,
  to: from === 'customer' ? 'agent' : 'customer',
  type: from === 'customer' ? 'query' : 'response',
  content: { text },
});

const calls = (message: number): Step => ({
  message,
  from: 'agent',
  to: 'tool:look',
  type: 'task_request',
  content: { tool: 'look', arguments: {}, call: 'c' },
  tool: 'look',
  call: 'c',
});

const steps = [
  says(0, 'customer', 'one'),
  says(1, 'agent', 'two'),
  calls(1),
  says(2, 'customer', 'three'),
  says(3, 'agent', 'four'),
  says(4, 'agent', 'five'),
  calls(4),
  says(5, 'agent', 'six'),
  says(6, 'agent', 'seven'),
  says(7, 'agent', 'eight'),
  calls(7),
];

const texts = (position: number): readonly string[] => excerptBefore(steps, position).map(({ text }) => text);

describe('the excerpt before a call', () => {
  it('is what was said last, in its order, with who said it', () => {
    expect(texts(2)).toEqual(['one', 'two']);
    expect(excerptBefore(steps, 6)).toEqual([
      { message: 1, role: 'agent', text: 'two' },
      { message: 2, role: 'customer', text: 'three' },
      { message: 3, role: 'agent', text: 'four' },
      { message: 4, role: 'agent', text: 'five' },
    ]);
  });

  it("keeps the customer's last words where the agent spoke more often since", () => {
    expect(texts(10)).toEqual(['three', 'six', 'seven', 'eight']);
  });

  it('is empty before anybody spoke', () => {
    expect(texts(0)).toEqual([]);
  });

  it('ends long texts with an ellipsis', () => {
    const [said] = excerptBefore([says(0, 'customer', 'x'.repeat(5000)), calls(1)], 1);
    expect(said?.text).toBe(`${'x'.repeat(399)}…`);
  });
});

describe('a text that is cut', () => {
  it('is never longer than asked for, and never ends within a character', () => {
    const anyText = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\u{1F1F8}'), maxLength: 40 });
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 20 }), (text, most) => {
        const cut = ellipsed(text, most);
        expect(Array.from(cut).length).toBeLessThanOrEqual(most);
        expect(cut.isWellFormed()).toBe(true);
        expect(cut === text || text.startsWith(cut.slice(0, -1))).toBe(true);
        expect(cut === text).toBe(Array.from(text).length <= most);
      }),
      { seed: 41 },
    );
  });
});
