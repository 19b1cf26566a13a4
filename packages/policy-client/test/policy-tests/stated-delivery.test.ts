import { describe, expect, it } from 'vitest';
import { readPolicyTests, runPolicyTests, testProblem } from '../../src/index.js';
import { textsWith } from '../support/files.js';
import { load } from '../support/problems.js';
import { never } from '../support/requests.js';

const policies = `
@id("send") @remove("/card") permit (principal, action == Action::"send", resource);
@id("receive") @mask("/iban 4") @annotate("class: internal")
permit (principal, action == Action::"receive", resource) when { context.messageType == "query" };
`;

const run = async (expectation: string, type = 'query') => {
  await using constitution = await load(await textsWith(policies));
  const text = `tests:
  - name: one
    sender: { tenant: acme, id: a }
    recipient: { tenant: acme, id: b }
    message: { type: ${type}, content: { card: 1, iban: DE0212, rest: [1] } }
    expect: { ${expectation} }
`;
  const { tests, problems } = readPolicyTests([{ path: 'tests/a.yaml', text }]);
  const [outcome] = await runPolicyTests(constitution, tests, never);
  return { outcome, problems };
};

const asked =
  'obligations: [{ kind: annotate, header: class, value: internal }, { kind: mask, path: /iban, keep: 4 }, { kind: remove, path: /card }]';

describe('a policy test', () => {
  it.each([
    ['what is asked for at both points, in any order', asked],
    ['the content that is delivered', 'delivered: { content: { iban: "**0212", rest: [1] } }'],
    ['the headers alone', 'delivered: { headers: { class: internal } }'],
    ['all of it', `${asked}, delivered: { content: { rest: [1], iban: "**0212" }, headers: { class: internal } }`],
  ])('may state %s', async (_name, expectation) => {
    expect((await run(`verdict: allow, ${expectation}`)).outcome).toMatchObject({ passed: true });
  });

  it.each([
    ['fewer obligations', 'obligations: [{ kind: remove, path: /card }]'],
    ['none', 'obligations: []'],
    ['another content', 'delivered: { content: { card: 1, iban: "**0212", rest: [1] } }'],
    ['another header', 'delivered: { headers: {} }'],
  ])('fails where it states %s', async (_name, expectation) => {
    expect((await run(`verdict: allow, ${expectation}`)).outcome).toMatchObject({ passed: false });
  });

  it('says what was stated and what came', async () => {
    const { outcome } = await run('verdict: allow, delivered: { content: { rest: [] } }, obligations: []');
    expect(outcome && testProblem(outcome).message).toBe(
      'test "one": expected allow obligations [], delivered {"content":{"rest":[]}}, ' +
        'got allow (receive, send) obligations [{"kind":"remove","path":"/card"},{"keep":4,"kind":"mask","path":"/iban"},' +
        '{"header":"class","kind":"annotate","value":"internal"}], delivered {"content":{"iban":"**0212","rest":[1]}}.',
    );
  });

  it('may state that a denial asks for nothing', async () => {
    const denied = await run('verdict: deny, reasons: [POLICY_DEFAULT_DENY], obligations: []', 'event');
    expect(denied.outcome).toMatchObject({ passed: true });
  });

  it.each([
    ['an obligation that nobody knows', 'obligations: [{ kind: redact, path: /card }]'],
    ['a pointer that is none', 'obligations: [{ kind: remove, path: card }]'],
    ['an approval, which is a verdict', 'obligations: [{ kind: require-approval, name: x }]'],
    ['a misspelt part of the delivery', 'delivered: { contents: 1 }'],
  ])('cannot state %s', async (_name, expectation) => {
    expect((await run(`verdict: allow, ${expectation}`)).problems).toMatchObject([{ file: 'tests/a.yaml', line: 6 }]);
  });
});
