/** As deep as a content may be. */
const mostTokens = 32;
const longestPointer = 512;
const tokenPattern = /^(?:[^~/]|~[01])*$/;

const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

/**
 * The tokens of a JSON Pointer (RFC 6901) to a field, or `undefined` where it is none: without a leading slash, with an
 * open escape, to the whole document, too long, or with a key that no message may have.
 */
export const pointerTokens = (pointer: string): readonly string[] | undefined => {
  if (!pointer.startsWith('/') || pointer.length > longestPointer || !pointer.isWellFormed()) return undefined;
  const tokens = pointer.slice(1).split('/');
  if (tokens.length > mostTokens || !tokens.every((token) => tokenPattern.test(token))) return undefined;
  const keys = tokens.map(unescaped);
  return keys.includes('__proto__') ? undefined : keys;
};
