import type { ConstitutionManifest, Effect, JsonValue, Verdict } from '@charterbus/core-models';
import type { Constitution } from '../constitution.js';
import type { StatedWorld } from '../facts/constitution-facts.js';
import { combineEffects } from '../judgement/combine-effects.js';
import type { PolicyTest } from './policy-test.js';
import type { LocatedPolicyTest } from './read-policy-tests.js';
import { StatedConversation } from './stated-conversation.js';
import { expectedDelivery, gotDelivery, sameDelivery, type TestedDelivery } from './stated-delivery.js';
import { agentOf, messageOf, requestsOf } from './stated-messages.js';
import { StatedScreens } from './stated-screens.js';

export interface PolicyTestOutcome {
  readonly file: string;
  /** From 1: where the test begins. */
  readonly line: number;
  readonly name: string;
  readonly passed: boolean;
  readonly expected: { readonly verdict: Effect; readonly reasons?: readonly string[] } & TestedDelivery;
  /** Obligations and what is delivered are told where the test states them. */
  readonly got: { readonly verdict: Effect; readonly reasons: readonly string[] } & TestedDelivery;
  /** Ids of all policies that determined a verdict of this test: what the test covers. */
  readonly policies: readonly string[];
  /** What is wrong with the world that a test states, and nothing was judged then, or what a failed one leaves open. */
  readonly problems: readonly string[];
}

/** Fixed, so that a test never depends on the day it runs. */
const noon = '2026-01-01T12:00:00Z';

const momentOf = ({ now }: PolicyTest, { clock }: ConstitutionManifest): number =>
  Date.parse(now ?? (clock === 'bus' ? noon : clock.pinned));

const worldOf = ({ data, providers }: PolicyTest): StatedWorld => ({
  tables: data as Readonly<Record<string, Readonly<Record<string, JsonValue>>>>,
  providers: Object.fromEntries(
    Object.entries(providers).map(([name, answers]) => [
      name,
      Object.fromEntries(answers.map((stated) => [JSON.stringify(stated.arguments), stated.answer as JsonValue])),
    ]),
  ),
});

const conversationOf = ({ earlier }: PolicyTest, now: number, constitution: Constitution): StatedConversation => {
  const conversation = new StatedConversation();
  for (const [number, stated] of earlier.entries()) {
    const [sender, recipient] = [agentOf(stated.sender), agentOf(stated.recipient)];
    const message = messageOf(stated, number, now);
    for (const observation of constitution.observe({ message, sender, recipient })) conversation.add(observation);
  }
  return conversation;
};

const judgeAll = async (
  test: PolicyTest,
  now: number,
  { constitution, screens }: { readonly constitution: Constitution; readonly screens: StatedScreens },
  signal: AbortSignal,
): Promise<readonly Verdict[]> => {
  const conversation = conversationOf(test, now, constitution);
  const verdicts: Verdict[] = [];
  for (const request of requestsOf(test, now, constitution.policiesOf(test.variant))) {
    const facts = await constitution.gatherFacts({ ...request, conversation, screens: screens.read }, signal);
    const verdict = await constitution.judge({ ...request, facts }, signal);
    verdicts.push(verdict);
    if (verdict.effect === 'deny') break;
  }
  return verdicts;
};

const sameMembers = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((member) => right.includes(member));

const sortedOnce = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted();

const outcomeOf = (
  { file, line, test }: LocatedPolicyTest,
  now: number,
  verdicts: readonly Verdict[],
): PolicyTestOutcome => {
  const verdict = combineEffects(verdicts.map((each) => each.effect));
  const reasons = sortedOnce(verdicts.filter((each) => each.effect === verdict).flatMap((each) => each.reasons));
  const { verdict: expectedVerdict, reasons: expectedReasons } = test.expect;
  const message = messageOf(test, test.earlier.length, now);
  const [stated, came] = [expectedDelivery(test.expect), gotDelivery(test.expect, message, verdicts)];
  const reasonsFit = expectedReasons === undefined || sameMembers(sortedOnce(expectedReasons), reasons);
  return {
    file,
    line,
    name: test.name,
    passed: verdict === expectedVerdict && reasonsFit && sameDelivery(stated, came),
    expected: {
      verdict: expectedVerdict,
      ...(expectedReasons === undefined ? {} : { reasons: expectedReasons }),
      ...stated,
    },
    got: { verdict, reasons, ...came },
    policies: sortedOnce(verdicts.flatMap((each) => each.policies)),
    problems: [],
  };
};

const runOne = async (
  located: LocatedPolicyTest,
  constitution: Constitution,
  signal: AbortSignal,
): Promise<PolicyTestOutcome> => {
  const { test } = located;
  const now = momentOf(test, constitution.manifest);
  const stated = constitution.inWorld({ now, world: worldOf(test), variant: test.variant });
  const screens = new StatedScreens(test, constitution.manifest);
  const problems = [...(stated.problems ?? []), ...screens.problems];
  if (stated.constitution === undefined || problems.length > 0) {
    return { ...outcomeOf(located, now, []), passed: false, problems };
  }
  const verdicts = await judgeAll(test, now, { constitution: stated.constitution, screens }, signal);
  const outcome = outcomeOf(located, now, verdicts);
  return outcome.passed ? outcome : { ...outcome, problems: screens.open };
};

/**
 * Runs tests as the bus would judge: `send` first, then, unless that denied, `receive`; deny beats escalate beats
 * allow. All that they are about is stated in them: neither external data, providers nor screens are asked.
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
