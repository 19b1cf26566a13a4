import { identifierPattern } from '@charterbus/core-models';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { partOf, toolAgent } from '../../../src/replay/translate/agent-names.js';

it('the agent of a tool shows its name where it can', () => {
  expect(toolAgent('cancel_reservation')).toBe('tool:cancel_reservation');
  expect(toolAgent('../../etc')).toMatch(/^tool-[0-9a-f]{32}$/);
  expect(toolAgent('')).toMatch(/^tool-[0-9a-f]{32}$/);
});

it('every name has an agent of its own, which is nobody else', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('agent', 'customer', '\ud800', '\ud801'),
  );
  fc.assert(
    fc.property(name, name, (left, right) => {
      expect(toolAgent(left)).toMatch(identifierPattern);
      expect(partOf(toolAgent(left))).toBe('tool');
      expect(toolAgent(left) === toolAgent(right)).toBe(left === right);
    }),
  );
});
