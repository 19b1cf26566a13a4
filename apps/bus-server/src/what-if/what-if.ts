import type { ContentScreens } from '@charterbus/bus';
import type { Constitution } from '@charterbus/policy-client';
import { type ChangedGroup, ChangedVerdicts } from './changed-verdicts.js';
import { judgeConversation } from './judge-conversation.js';
import type { RecordedConversation } from './recorded-message.js';

/** What would be decided otherwise by another constitution. */
export interface WhatIf {
  readonly messages: number;
  /** Messages with a verdict that changes. */
  readonly changed: number;
  /** Recipients of messages that were denied before and would be allowed. */
  readonly newlyAllowed: number;
  readonly groups: readonly ChangedGroup[];
}

/**
 * Judges recorded conversations by two constitutions, each as if it had been in force from their first message on.
 *
 * @param screens what they read: each is asked once a message, for both.
 */
export const whatIf = async (
  conversations: AsyncIterable<RecordedConversation>,
  [before, after]: readonly [Constitution, Constitution],
  screens: ContentScreens,
  signal: AbortSignal,
): Promise<WhatIf> => {
  const changed = new ChangedVerdicts();
  for await (const messages of conversations) {
    const was = await judgeConversation(messages, { constitution: before, screens }, signal);
    const is = await judgeConversation(messages, { constitution: after, screens }, signal);
    for (const [at, recorded] of messages.entries()) changed.add(recorded, was[at] ?? [], is[at] ?? []);
  }
  const { groups } = changed;
  const newlyAllowed = groups.reduce((sum, group) => sum + (group.newlyAllowed ? group.count : 0), 0);
  return { messages: changed.messages, changed: changed.changed, newlyAllowed, groups };
};
