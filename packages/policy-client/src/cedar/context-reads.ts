import type { ContextView } from '../engine/policy-engine.js';

const fields: Readonly<Record<keyof ContextView, true>> = {
  messageType: true,
  priority: true,
  priorityRank: true,
  contentBytes: true,
  isReply: true,
  toEveryone: true,
  now: true,
};

/** `context` on its own, with whatever follows it. */
const contextPattern = /(?<![A-Za-z0-9_])context(?![A-Za-z0-9_])(.{0,200})/gs;
/** The only two forms in which a field is named in plain sight. */
const plainAccess = /^\s*(?:\.\s*[A-Za-z_]|\s+has\s+[A-Za-z_])/;

/**
 * The fields of the context that policies may read: more than they do rather than fewer.
 *
 * A field is reached through `context` alone. Where every `context` in the text is followed by `.name` or `has name`,
 * the name of each field that is read stands in the text, letter by letter; all fields whose names stand there count as
 * read, be it in a comment. Where a `context` is followed by anything else (it is compared whole, indexed by a string
 * that may be escaped, separated by a comment), all fields count.
 */
export const contextReads = (policies: readonly string[]): ReadonlySet<keyof ContextView> => {
  const all = Object.keys(fields) as (keyof ContextView)[];
  const plain = policies.every((text) =>
    [...text.matchAll(contextPattern)].every(([, rest = '']) => plainAccess.test(rest)),
  );
  return new Set(plain ? all.filter((field) => policies.some((text) => text.includes(field))) : all);
};
