import { type ErrorCode, errorCatalogue, type PolicySource } from '@charterbus/core-models';
import type { CallRecord } from '../run/conversation-run.js';
import type { ReplayRun } from '../run/replay-run.js';
import type { PolicyText } from '../target/replay-target.js';
import type { ReplayReport } from './report-schema.js';

/** Where a rule stands and what it says, as far as anything tells. */
type RuleText = Partial<PolicyText>;

const isCode = (rule: string): rule is ErrorCode => Object.hasOwn(errorCatalogue, rule);

/** A constitution knows its policies; of one that cannot be seen the verdicts tell where they stand. */
const textOf = (
  rule: string,
  policies: ReadonlyMap<string, PolicyText>,
  sources: ReadonlyMap<string, PolicySource>,
): RuleText => {
  const known = policies.get(rule);
  if (known !== undefined) return known;
  const source = sources.get(rule);
  if (source !== undefined) return { file: source.file, line: source.line };
  return isCode(rule) ? { description: `${errorCatalogue[rule].title}.` } : {};
};

/** What each rule stopped, with what is known of the rule. */
export const stoppedRules = (
  { stopped, policies }: Pick<ReplayRun, 'stopped' | 'policies'>,
  calls: readonly CallRecord[],
): ReplayReport['stopped'] => {
  const sources = new Map(calls.flatMap((call) => call.sources ?? []).map((source) => [source.policy, source]));
  return stopped.rules.map(({ rule, verdict, count, calls: examples }) => ({
    rule,
    verdict,
    ...textOf(rule, policies, sources),
    count,
    calls: examples,
  }));
};
