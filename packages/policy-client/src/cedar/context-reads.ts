/** `context` on its own, with whatever follows it; that is only looked at, since it may hold the next one. */
const contextPattern = /(?<![A-Za-z0-9_])context(?![A-Za-z0-9_])(?=(.{0,200}))/gs;
/** The only two forms in which a field is named in plain sight. */
const plainAccess = /^\s*(?:\.\s*[A-Za-z_]|\s+has\s+[A-Za-z_])/;
const wordPattern = /[A-Za-z_][A-Za-z0-9_]*/g;

/** The words of policies, or `undefined` where something of the context may be read without being named. */
const namedWords = (policies: readonly string[]): ReadonlySet<string> | undefined => {
  const plain = policies.every((text) =>
    [...text.matchAll(contextPattern)].every(([, rest = '']) => plainAccess.test(rest)),
  );
  return plain ? new Set(policies.flatMap((text) => text.match(wordPattern) ?? [])) : undefined;
};

/**
 * Which of the attributes of the context policies may read: more than they do rather than fewer.
 *
 * An attribute is reached through `context` alone. Where every `context` in the text is followed by `.name` or
 * `has name`, the name of each attribute that is read stands in the text, letter by letter; all attributes whose names
 * stand there count as read, be it in a comment. Where a `context` is followed by anything else (it is compared whole,
 * indexed by a string that may be escaped, separated by a comment), all attributes count.
 */
export const contextReads = <Name extends string>(
  policies: readonly string[],
  attributes: Iterable<Name>,
): ReadonlySet<Name> => {
  const words = namedWords(policies);
  return new Set(words === undefined ? attributes : [...attributes].filter((name) => words.has(name)));
};
