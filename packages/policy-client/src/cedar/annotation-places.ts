/** Comments and strings are passed over: what looks like an annotation in them is none. */
const annotationPattern = /\/\/[^\n\r]*|"(?:\\[^\n\r]|[^"\\])*"|@[\t\n\r ]*(?<name>[\p{L}_][\p{L}\p{N}_]*)/gu;

/** The UTF-16 offset of an annotation in a policy's text; 0, where the policy begins, if it cannot be told. */
export const annotationOffset = (text: string, name: string): number => {
  for (const match of text.matchAll(annotationPattern)) if (match.groups?.['name'] === name) return match.index;
  return 0;
};
