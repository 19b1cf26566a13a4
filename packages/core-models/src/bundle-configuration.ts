import { z } from 'zod';

/** Whose signature bundles need, or that nobody's is asked for. */
export type BundleTrustConfiguration =
  | 'unsigned'
  | {
      /** A file: a public key in PEM, or a JSON Web Key Set. */
      readonly key: string;
      /** What the signature must name, if it names one; needed for PEM. */
      readonly keyId?: string;
      readonly scope: string;
    };

/** Where the server takes its constitution from, and follows it. */
export interface BundleConfiguration {
  /** A file, a directory, or an address. */
  readonly primary: string;
  /** Asked in order, while the primary gives nothing. */
  readonly fallbacks: readonly string[];
  /** The name of the constitution: no other is taken, whoever signed it. */
  readonly constitution: string;
  readonly trust: BundleTrustConfiguration;
  /** For the primary, and for fallbacks of the same origin. */
  readonly token?: string;
}

const text = z.string().trim().min(1);

/** The variables of bundles. */
export const bundleVariables = {
  CHARTERBUS_BUNDLE: text.optional(),
  CHARTERBUS_BUNDLE_FALLBACKS: z
    .string()
    .transform((list) => list.split(',').map((each) => each.trim()))
    .refine((list) => list.length <= 16 && list.every((each) => each !== ''), 'must be at most 16, separated by commas')
    .optional(),
  CHARTERBUS_BUNDLE_NAME: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be the name of a constitution')
    .optional(),
  CHARTERBUS_BUNDLE_KEY: text.optional(),
  CHARTERBUS_BUNDLE_KEY_ID: text.optional(),
  CHARTERBUS_BUNDLE_SCOPE: text.optional(),
  CHARTERBUS_BUNDLE_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/, 'must be visible ASCII characters')
    .optional(),
  CHARTERBUS_BUNDLE_UNSIGNED: z.literal('true', 'must be true, or absent').optional(),
};

const schema = z.object({ ...bundleVariables, CHARTERBUS_CONSTITUTION: text.optional() });
type Variables = z.output<typeof schema>;

/** What is wrong with the variables together: which of them, and why. */
export type Conflict = (variable: keyof Variables, why: string) => never;

const readTrust = (variables: Variables, refuse: Conflict): BundleTrustConfiguration => {
  const { CHARTERBUS_BUNDLE_KEY: key, CHARTERBUS_BUNDLE_KEY_ID: keyId, CHARTERBUS_BUNDLE_SCOPE: scope } = variables;
  if (variables.CHARTERBUS_BUNDLE_UNSIGNED !== undefined) {
    if (key ?? keyId ?? scope)
      refuse('CHARTERBUS_BUNDLE_UNSIGNED', 'says that no signature is asked for, beside a key');
    return 'unsigned';
  }
  if (key === undefined) {
    return refuse('CHARTERBUS_BUNDLE_KEY', 'is needed, or CHARTERBUS_BUNDLE_UNSIGNED=true where nobody signs');
  }
  if (scope === undefined) return refuse('CHARTERBUS_BUNDLE_SCOPE', 'is needed: what the signature was made for');
  return { key, scope, ...(keyId === undefined ? {} : { keyId }) };
};

/** Nothing where no bundle is named; a variable of bundles without one is a mistake, not a habit. */
export const readBundleConfiguration = (variables: Variables, refuse: Conflict): BundleConfiguration | undefined => {
  const { CHARTERBUS_BUNDLE: primary, CHARTERBUS_BUNDLE_TOKEN: token } = variables;
  if (primary === undefined) {
    for (const name of Object.keys(bundleVariables) as (keyof typeof bundleVariables)[]) {
      if (variables[name] !== undefined) refuse(name, 'needs CHARTERBUS_BUNDLE beside it');
    }
    return undefined;
  }
  if (variables.CHARTERBUS_CONSTITUTION !== undefined) {
    refuse('CHARTERBUS_BUNDLE', 'and CHARTERBUS_CONSTITUTION exclude each other');
  }
  const constitution =
    variables.CHARTERBUS_BUNDLE_NAME ?? refuse('CHARTERBUS_BUNDLE_NAME', 'is needed: the name of the constitution');
  return {
    primary,
    fallbacks: variables.CHARTERBUS_BUNDLE_FALLBACKS ?? [],
    constitution,
    trust: readTrust(variables, refuse),
    ...(token === undefined ? {} : { token }),
  };
};
