import type { ConversationFact } from '../broker/journal.js';

/** As scripts take them. */
export const packFacts = (facts: readonly ConversationFact[], into: string[]): void => {
  into.push(String(facts.length));
  for (const { about, values, overflowed, until } of facts) {
    into.push(about, `${until} ${overflowed ? 1 : 0} ${values}`, String(until));
  }
};

/** What is known about one thing, as it is kept. */
export const unpackFact = (conversation: string, about: string, text: string): ConversationFact => {
  const first = text.indexOf(' ');
  return {
    conversation,
    about,
    values: text.slice(first + 3),
    overflowed: text[first + 1] === '1',
    until: Number(text.slice(0, first)),
  };
};
