import type { JsonValue } from '@charterbus/core-models';
import { assistantAgent, customerAgent } from '../translate/agent-names.js';
import type { Step } from '../translate/translate.js';

/** What somebody said. */
export interface Utterance {
  /** The index in the conversation's `messages`. */
  readonly message: number;
  readonly role: 'customer' | 'agent';
  /** At most 400 characters; a longer one ends with an ellipsis. */
  readonly text: string;
}

const mostUtterances = 4;
const mostCharacters = 400;

/** A member of what a message carries, where it is an object that has it. */
export const memberOf = (content: JsonValue, name: string): JsonValue | undefined =>
  typeof content === 'object' && content !== null && Object.hasOwn(content, name)
    ? (content as Readonly<Record<string, JsonValue>>)[name]
    : undefined;

/** At most so many characters; of a longer text the beginning and an ellipsis. Never half a surrogate pair. */
export const ellipsed = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const characters = Array.from(text.slice(0, 2 * most + 2));
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
};

const textOf = (content: JsonValue): string => {
  const text = memberOf(content, 'text');
  return typeof text === 'string' ? text : '';
};

const utterance = ({ message, from, content }: Step): Utterance => ({
  message,
  role: from === customerAgent ? 'customer' : 'agent',
  text: ellipsed(textOf(content), mostCharacters),
});

const isSaid = ({ from, to }: Step): boolean =>
  (from === customerAgent && to === assistantAgent) || (from === assistantAgent && to === customerAgent);

/**
 * What was said last before a step: at most four utterances in their order, the customer's last words among them, also
 * where the agent spoke more often since.
 */
export const excerptBefore = (steps: readonly Step[], position: number): readonly Utterance[] => {
  const found: Step[] = [];
  for (let at = position - 1; at >= 0; at -= 1) {
    const step = steps[at];
    if (step === undefined || !isSaid(step)) continue;
    const byCustomer = step.from === customerAgent;
    const wanted = found.length < mostUtterances - 1 || byCustomer || found.some(({ from }) => from === customerAgent);
    if (wanted) found.push(step);
    if (found.length === mostUtterances) break;
  }
  return found.toReversed().map(utterance);
};
