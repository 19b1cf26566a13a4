import { expect, it } from 'vitest';
import { namedPolicies } from '../../src/rego/named-policies.js';

it('takes no longer for many headings than for their lines, and makes one block of each run of comments', {
  timeout: 10_000,
}, () => {
  const text = `package charterbus\n\n${'# METADATA\n'.repeat(100_000)}\nx := 1\n`;
  const { policies, problems } = namedPolicies([{ path: 'policies/own.rego', text }]);
  expect({ policies, problems: problems.length }).toEqual({ policies: [], problems: 1 });
});
