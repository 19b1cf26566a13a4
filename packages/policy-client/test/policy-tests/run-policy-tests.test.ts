import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { readPolicyTests, runPolicyTests } from '../../src/index.js';
import { textsWith } from '../support/files.js';
import { load, refusal } from '../support/problems.js';
import { never } from '../support/requests.js';

const policies = `
@id("hours") permit (principal, action, resource)
when { context.now.toTime() >= duration("9h") && context.now.toTime() < duration("17h") };
@id("replies") permit (principal, action == Action::"send", resource) when { context.isReply };
@id("large") @escalate("size") permit (principal, action == Action::"send", resource) when { context.contentBytes > 10 };
`;

const shared = 'sender: { tenant: acme, id: a }, recipient: { tenant: acme, id: b }';
const test = (name: string, message: string, rest: string): string =>
  `  - { name: ${name}, ${shared}, message: { type: query, ${message} }, ${rest} }\n`;

const run = async (tests: string) => {
  const constitution = await load(await textsWith(policies), { clock: new ManualClock(0) });
  const read = readPolicyTests([{ path: 'tests/a.yaml', text: `tests:\n${tests}` }]);
  expect(read.problems).toEqual([]);
  return runPolicyTests(constitution, read.tests, never);
};

describe('runPolicyTests', () => {
  it('judges at the moment of the test, by default at noon, whatever the clock says', async () => {
    const outcomes = await run(
      test('noon', 'reply: false', 'expect: { verdict: allow, reasons: [hours] }') +
        test(
          'night',
          'reply: false',
          'now: "2026-05-01T03:00:00Z", expect: { verdict: deny, reasons: [POLICY_DEFAULT_DENY] }',
        ) +
        test('zone', 'reply: false', 'now: "2026-05-01T17:30:00+02:00", expect: { verdict: allow }'),
    );
    expect(outcomes.map(({ name, passed }) => ({ name, passed }))).toEqual(
      ['noon', 'night', 'zone'].map((name) => ({ name, passed: true })),
    );
  });

  it('lets a deny at receive beat an allow or an escalation at send', async () => {
    const night = 'now: "2026-05-01T03:00:00Z"';
    const [reply, large] = await run(
      test('reply', 'reply: true', `${night}, expect: { verdict: allow }`) +
        test('large', 'content: [1, 2, 3, 4, 5, 6]', `${night}, expect: { verdict: escalate, reasons: [large] }`),
    );
    expect(reply).toMatchObject({
      passed: false,
      got: { verdict: 'deny', reasons: ['POLICY_DEFAULT_DENY'] },
      policies: ['replies'],
    });
    expect(large).toMatchObject({ passed: false, got: { verdict: 'deny' }, policies: ['large'] });
  });

  it('compares reasons in any order, and takes none for any', async () => {
    const [any, both, one] = await run(
      test('any', 'reply: true', 'expect: { verdict: allow }') +
        test('both', 'reply: true', 'expect: { verdict: allow, reasons: [replies, hours] }') +
        test('one', 'reply: true', 'expect: { verdict: allow, reasons: [replies] }'),
    );
    expect([any?.passed, both?.passed, one?.passed]).toEqual([true, true, false]);
  });

  it('takes approvals by the id of the policy', async () => {
    const [open, approved, other] = await run(
      test('open', 'content: long enough content', 'expect: { verdict: escalate, reasons: [large] }') +
        test('approved', 'content: long enough content', 'approvals: [large], expect: { verdict: allow }') +
        test(
          'other',
          'content: long enough content',
          'approvals: [hours, nobody], expect: { verdict: escalate, reasons: [large] }',
        ),
    );
    expect([open?.passed, approved?.passed, other?.passed]).toEqual([true, true, true]);
  });

  it('refuses a test without a recipient', async () => {
    const text =
      'tests:\n  - { name: a, sender: { tenant: t, id: a }, message: { type: query }, expect: { verdict: allow } }\n';
    const { problems } = await refusal(load({ ...(await textsWith(policies)), 'tests/a.yaml': text }));
    expect(problems).toMatchObject([
      {
        file: 'tests/a.yaml',
        line: 2,
        message: 'tests.0: needs a recipient, a topic, a capability, or everyone: true.',
      },
    ]);
  });
});
