/**
 * Functions of cel-js in whose place ours are called. Its own are too generous with what an attacker may write:
 * `int("")` is 0, `double("nan")` is neither more nor less than any limit, and `lowerAscii` takes signs of other alphabets
 * for the letters that they look like.
 */
const ours = {
  calls: new Set(['timestamp', 'duration', 'int', 'double']),
  methods: new Set(['split', 'lowerAscii', 'upperAscii']),
};

/** A name that no expression can write. */
export const ownName = (name: string): string => `${name} `;

/** The name under which ours is called; `undefined` where the function of cel-js is as good. */
export const renamed = (name: string, isMethod: boolean): string | undefined =>
  (isMethod ? ours.methods : ours.calls).has(name) ? ownName(name) : undefined;

/** What cel-js says, with the names that authors know. */
export const withPlainNames = (message: string): string =>
  message.replace(/\b(\w+) \(/g, (found, name: string) =>
    ours.calls.has(name) || ours.methods.has(name) ? `${name}(` : found,
  );
