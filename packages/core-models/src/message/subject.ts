import { z } from 'zod';

/** Tokens are letters, digits, `_` and `-`: nothing that needs escaping in a path, a policy or a metric label. */
const tokenPattern = /^[A-Za-z0-9_-]{1,64}$/;
const mostTokens = 16;
const mostLetters = 256;

const tokensOf = (subject: string): readonly string[] | undefined => {
  if (subject.length > mostLetters) return undefined;
  const tokens = subject.split('.');
  return tokens.length > mostTokens ? undefined : tokens;
};

/** Whether a text names one topic: 1 to 16 tokens between dots, such as `orders.eu.created`, 256 letters at most. */
export const isTopic = (subject: string): boolean =>
  tokensOf(subject)?.every((token) => tokenPattern.test(token)) ?? false;

/**
 * Whether a text names topics to subscribe to, as in NATS: a token may be `*`, which is any one token, and the last one
 * `>`, which is one or more. `orders.*.created`, `orders.>`.
 */
export const isTopicPattern = (pattern: string): boolean => {
  const tokens = tokensOf(pattern);
  if (tokens === undefined) return false;
  return tokens.every(
    (token, place) => token === '*' || tokenPattern.test(token) || (token === '>' && place === tokens.length - 1),
  );
};

/** Whether the pattern covers the topic. Both must be valid. */
export const coversTopic = (pattern: string, topic: string): boolean => {
  if (pattern === topic) return true;
  const [wanted, tokens] = [pattern.split('.'), topic.split('.')];
  for (const [place, token] of wanted.entries()) {
    if (token === '>') return place < tokens.length;
    if (place >= tokens.length || (token !== '*' && token !== tokens[place])) return false;
  }
  return wanted.length === tokens.length;
};

const words = `1 to ${mostTokens} tokens of letters, digits, _ or -, with dots between them, at most ${mostLetters} letters`;

export const topicSchema = z.string().max(mostLetters).refine(isTopic, `must be ${words}`);
export const topicPatternSchema = z
  .string()
  .max(mostLetters)
  .refine(isTopicPattern, `must be ${words}; a token may be *, the last one >`);
