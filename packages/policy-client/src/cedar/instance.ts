import { createRequire } from 'node:module';

/** The part of `@cedar-policy/cedar-wasm` that is used. Answers are `unknown`: they are checked where they are read. */
export interface CedarInstance {
  readonly policyToJson: (policy: string) => unknown;
  readonly validate: (call: object) => unknown;
  readonly preparsePolicySet: (id: string, policies: object) => unknown;
  readonly preparseSchema: (name: string, schema: string | object) => unknown;
  readonly schemaToJson: (schema: string) => unknown;
  readonly statefulIsAuthorized: (call: object) => unknown;
}

/**
 * A WebAssembly instance of its own.
 *
 * The package keeps one instance in its module. Preparsed policies can never be removed from it, and one trap poisons
 * it for good, so each snapshot loads the module anew (about 5 ms) and drops it whole. The `require` is new each time
 * too: an old one would keep every module it ever loaded as its child.
 */
export const newCedarInstance = (): CedarInstance => {
  const require = createRequire(import.meta.url);
  const path = require.resolve('@cedar-policy/cedar-wasm/nodejs');
  const shared: NodeJS.Module | undefined = require.cache[path];
  delete require.cache[path];
  try {
    return require(path) as CedarInstance;
  } finally {
    // Whoever else uses the package in this process keeps the instance it had.
    if (shared === undefined) delete require.cache[path];
    else require.cache[path] = shared;
  }
};
