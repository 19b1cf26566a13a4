import {
  type Agent,
  type Effect,
  encodeEnvelope,
  type JsonValue,
  type Message,
  type Verdict,
} from '@charterbus/core-models';
import type { Constitution } from '../constitution.js';
import { noFacts } from '../facts/no-facts.js';
import { combineEffects } from '../judgement/combine-effects.js';
import type { JudgementRequest } from '../judgement/judgement-request.js';
import type { PolicyTest } from './policy-test.js';
import type { LocatedPolicyTest } from './read-policy-tests.js';

export interface PolicyTestOutcome {
  readonly file: string;
  readonly name: string;
  readonly passed: boolean;
  readonly expected: { readonly verdict: Effect; readonly reasons?: readonly string[] };
  readonly got: { readonly verdict: Effect; readonly reasons: readonly string[] };
  /** Ids of all policies that determined a verdict of this test: what the test covers. */
  readonly policies: readonly string[];
}

const agentOf = ({ tenant, id, role, capabilities }: PolicyTest['sender']): Agent => ({
  tenant,
  id,
  capabilities: [...new Set(capabilities)].toSorted(),
  registeredAt: '2026-01-01T00:00:00.000Z',
  revision: '1',
  ...(role === undefined ? {} : { role }),
});

const messageOf = (test: PolicyTest, tenant: string): Message => ({
  id: '00000000-0000-7000-8000-000000000000',
  tenant: test.sender.tenant,
  from: test.sender.id,
  to:
    test.everyone === true || test.recipient === undefined
      ? { tenant, everyone: true }
      : { tenant, agent: test.recipient.id },
  type: test.message.type,
  priority: test.message.priority,
  createdAt: new Date(test.now).toISOString(),
  content: test.message.content as JsonValue,
  ...(test.message.reply ? { inReplyTo: '00000000-0000-7000-8000-000000000001' } : {}),
});

/** The requests that the bus would make, in its order. */
const requestsOf = (test: PolicyTest, constitution: Constitution): readonly Omit<JudgementRequest, 'facts'>[] => {
  const tenant = test.recipient?.tenant ?? test.sender.tenant;
  const message = messageOf(test, tenant);
  const { digest: messageDigest } = encodeEnvelope(message);
  const shared = {
    sender: agentOf(test.sender),
    tenant,
    message,
    messageDigest,
    contentBytes: Buffer.byteLength(JSON.stringify(message.content)),
    approvals: test.approvals.map((policy) => ({
      policy,
      policyDigest: constitution.policies.get(policy)?.digest ?? '',
      messageDigest,
    })),
  };
  const recipient = test.recipient === undefined ? {} : { recipient: agentOf(test.recipient) };
  const send: Omit<JudgementRequest, 'facts'> = {
    point: 'send',
    ...shared,
    ...(test.everyone === true ? {} : recipient),
  };
  return test.recipient === undefined ? [send] : [send, { point: 'receive', ...shared, ...recipient }];
};

const judgeAll = async (
  test: PolicyTest,
  constitution: Constitution,
  signal: AbortSignal,
): Promise<readonly Verdict[]> => {
  const now = Date.parse(test.now);
  const then = constitution.inWorld({ now, facts: noFacts });
  const verdicts: Verdict[] = [];
  for (const request of requestsOf(test, constitution)) {
    const verdict = await then.judge({ ...request, facts: await then.gatherFacts(request, signal) }, signal);
    verdicts.push(verdict);
    if (verdict.effect === 'deny') break;
  }
  return verdicts;
};

const sameMembers = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((member) => right.includes(member));

const sortedOnce = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted();

const runOne = async (
  { file, test }: LocatedPolicyTest,
  constitution: Constitution,
  signal: AbortSignal,
): Promise<PolicyTestOutcome> => {
  const verdicts = await judgeAll(test, constitution, signal);
  const verdict = combineEffects(verdicts.map((each) => each.effect));
  const reasons = sortedOnce(verdicts.filter((each) => each.effect === verdict).flatMap((each) => each.reasons));
  const { verdict: expectedVerdict, reasons: expectedReasons } = test.expect;
  const reasonsFit = expectedReasons === undefined || sameMembers(sortedOnce(expectedReasons), reasons);
  return {
    file,
    name: test.name,
    passed: verdict === expectedVerdict && reasonsFit,
    expected: { verdict: expectedVerdict, ...(expectedReasons === undefined ? {} : { reasons: expectedReasons }) },
    got: { verdict, reasons },
    policies: sortedOnce(verdicts.flatMap((each) => each.policies)),
  };
};

/**
 * Runs tests as the bus would judge: `send` first, then, unless that denied, `receive`; deny beats escalate beats
 * allow.
 */
export const runPolicyTests = async (
  constitution: Constitution,
  tests: readonly LocatedPolicyTest[],
  signal: AbortSignal,
): Promise<readonly PolicyTestOutcome[]> => {
  const outcomes: PolicyTestOutcome[] = [];
  for (const located of tests) {
    signal.throwIfAborted();
    outcomes.push(await runOne(located, constitution, signal));
  }
  return outcomes;
};
