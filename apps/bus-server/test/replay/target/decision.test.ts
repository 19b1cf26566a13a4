import { describe, expect, it } from 'vitest';
import { denialDecision, explanationOf, isDenial, receiptDecision } from '../../../src/replay/target/decision.js';

const verdict = (effect: 'allow' | 'escalate', ...policies: string[]) => ({ effect, reasons: policies, policies });
const receipt = { messageId: 'm', durability: 'fsync' } as const;

describe('decisions', () => {
  it('of an accepted message name what allowed it at both points, once', () => {
    const verdicts = [verdict('allow', 'send', 'both'), verdict('allow', 'both')];
    expect(receiptDecision({ ...receipt, status: 'accepted', verdicts })).toEqual({
      verdict: 'allow',
      messageId: 'm',
      durability: 'fsync',
      reasons: ['send', 'both'],
      policies: ['both', 'send'],
    });
  });

  it('of a held message name only what escalated it', () => {
    const verdicts = [verdict('allow', 'send'), verdict('escalate', 'ask')];
    expect(receiptDecision({ ...receipt, status: 'held', verdicts })).toMatchObject({
      verdict: 'escalate',
      reasons: ['ask'],
      policies: ['ask'],
    });
  });

  it('of a denied message name its reasons, or else its code', () => {
    const details = { messageId: 'm', reasons: ['R1'], policies: ['R1'] };
    expect(denialDecision('POLICY_DENIED', details)).toEqual({ verdict: 'deny', ...details });
    expect(denialDecision('MESSAGE_TOO_LARGE', { reasons: 3 })).toEqual({
      verdict: 'deny',
      reasons: ['MESSAGE_TOO_LARGE'],
      policies: [],
    });
  });

  it('are the policies and refusals of a message, not failures of the bus', () => {
    expect(['POLICY_DEFAULT_DENY', 'POLICY_TIMEOUT', 'SCREEN_REJECTED', 'MESSAGE_INVALID'] as const).toSatisfy(
      (codes: Parameters<typeof isDenial>[0][]) => codes.every(isDenial),
    );
    expect([
      'STORE_UNAVAILABLE',
      'BUS_CLOSED',
      'CREDENTIAL_REFUSED',
      'DEDUPE_CONFLICT',
      'QUEUE_FULL',
    ] as const).toSatisfy((codes: Parameters<typeof isDenial>[0][]) => !codes.some(isDenial));
  });
});

describe('explanations', () => {
  const facts = { action: 'refund', digest: 'd', read: [] };
  const source = { policy: 'R1', file: 'policies/rules.cedar', line: 3 };

  it('are those of the verdicts that decided, each source once', () => {
    const verdicts = [
      { effect: 'allow', sources: [{ ...source, policy: 'other' }], facts: { ...facts, action: 'send' } },
      { effect: 'deny', sources: [source] },
      { effect: 'deny', sources: [source], facts },
      { effect: 'deny', facts: { ...facts, action: 'receive' } },
    ] as const;
    expect(explanationOf('deny', verdicts)).toEqual({ sources: [source], facts });
  });

  it('are empty where the verdicts tell nothing', () => {
    expect(explanationOf('deny', [{ effect: 'deny' }])).toEqual({});
    expect(explanationOf('escalate', [])).toEqual({});
  });
});
