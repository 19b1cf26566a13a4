import type { Verdict } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { verdictSchema } from '../../../src/http/schemas/governance.js';

const digest = 'd'.repeat(64);

const verdict: Verdict = {
  point: 'send',
  effect: 'deny',
  cause: 'policy',
  code: 'POLICY_DENIED',
  reasons: ['R1'],
  policies: ['R1'],
  escalations: [],
  approved: [],
  sources: [{ policy: 'R1', file: 'policies/rules.cedar', line: 3 }],
  facts: {
    action: 'refund',
    digest,
    read: [
      { name: 'paid', value: { amount: 38 } },
      { name: 'card', redacted: true },
    ],
    slots: { tickets: digest },
  },
  binds: { messageDigest: digest, constitutionDigest: digest, dataVersion: digest },
  at: '2026-03-02T09:30:00.000Z',
};

describe('the schema of a verdict', () => {
  it('takes its sources and facts, shown and redacted', () => {
    expect(verdictSchema.parse(verdict)).toEqual(verdict);
  });

  it('takes a denial for want of facts', () => {
    const facts = { action: 'refund', digest, read: [], wanting: ['ticket'] };
    const { sources: _sources, ...without } = verdict;
    const wanting = { ...without, cause: 'facts', code: 'FACT_UNAVAILABLE', facts };
    expect(verdictSchema.parse(wanting)).toEqual(wanting);
  });

  it.each([
    [
      'a redacted fact with its value',
      { facts: { ...verdict.facts, read: [{ name: 'a', redacted: true, value: 1 }] } },
    ],
    ['facts with a member that is not known', { facts: { ...verdict.facts, more: 1 } }],
    ['a source with a member that is not known', { sources: [{ policy: 'R1', file: 'f', line: 1, column: 2 }] }],
  ])('refuses %s', (_what, changes) => {
    expect(verdictSchema.safeParse({ ...verdict, ...changes }).success).toBe(false);
  });
});
