import { ManualClock } from '@charterbus/core-models';
import type { Constitution, EngineRequest, EngineSnapshot } from '@charterbus/policy-client';
import { type Rule, ruleSnapshot, snapshotConstitution } from '@charterbus/policy-client/testing';

/** Rules that say what they read of a recipient, and count how often they are asked about whom. */
export const spyingConstitution = (
  rules: readonly Rule[],
  recipient: { readonly attributes: readonly ('id' | 'role' | 'capabilities')[] } | 'not told' = {
    attributes: ['role'],
  },
): { readonly constitution: Constitution; readonly asked: EngineRequest[] } => {
  const asked: EngineRequest[] = [];
  const plain = ruleSnapshot(rules);
  const snapshot: EngineSnapshot = {
    ...plain,
    evaluate(request, signal) {
      asked.push(request);
      return plain.evaluate(request, signal);
    },
    ...(recipient === 'not told'
      ? {}
      : {
          reads: () => ({
            context: new Set(['messageType', 'toTopic', 'toEveryone', 'priorityRank', 'contentBytes'] as const),
            facts: new Set<string>(),
            recipient: { attributes: new Set(recipient.attributes), named: new Set<string>() },
          }),
        }),
  };
  const clock = new ManualClock();
  return { constitution: snapshotConstitution(snapshot, { clock, timers: clock }), asked };
};
