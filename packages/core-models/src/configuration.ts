import { z } from 'zod';
import { type BundleConfiguration, bundleVariables, readBundleConfiguration } from './bundle-configuration.js';
import { ConfigurationError } from './errors/categories.js';
import { type JwtConfiguration, jwtVariables, readJwtConfiguration } from './jwt-configuration.js';
import { readUsageConfiguration, type UsageConfiguration, usageVariables } from './usage-configuration.js';

const metricsAccesses = ['operator', 'open', 'off'] as const;

/** What the server reads from its environment. Empty variables count as absent. */
export interface ServerConfiguration {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly dataDirectory: string;
  /** A directory; absent: the constitution that ships with the server. */
  readonly constitution?: string;
  /** A directory of external data slots, for constitutions that name some. */
  readonly constitutionData?: string;
  /** In the place of a constitution: where it comes from as bundles. */
  readonly bundles?: BundleConfiguration;
  /** Absent: made on first start and kept in the data directory. */
  readonly operatorToken?: string;
  /** Absent: JSON Web Tokens are refused. */
  readonly jwt?: JwtConfiguration;
  readonly usage: UsageConfiguration;
  /** Where messages and agents are kept, for several servers together. Absent: in the data directory. */
  readonly redisUrl?: string;
  /** Who may read metrics: whoever has the operator's token, everybody, or nobody. */
  readonly metrics: (typeof metricsAccesses)[number];
  /** How long a drain may take, in milliseconds. */
  readonly drainMilliseconds: number;
}

const text = z.string().trim().min(1);
const environmentSchema = z.object({
  CHARTERBUS_HOST: text.default('127.0.0.1'),
  CHARTERBUS_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port from 0 to 65535')
    .transform(Number)
    .pipe(z.number().max(65_535, 'must be a port from 0 to 65535'))
    .default(7420),
  CHARTERBUS_DATA_DIR: text.default('./data'),
  CHARTERBUS_CONSTITUTION: text.optional(),
  CHARTERBUS_CONSTITUTION_DATA: text.optional(),
  ...bundleVariables,
  ...jwtVariables,
  ...usageVariables,
  CHARTERBUS_OPERATOR_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 visible ASCII characters')
    .optional(),
  CHARTERBUS_REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/\S+$/, 'must be an address that begins with redis:// or rediss://')
    .optional(),
  CHARTERBUS_METRICS: z.enum(metricsAccesses, 'must be operator, open or off').default('operator'),
  CHARTERBUS_DRAIN_MS: z
    .string()
    .regex(/^\d{1,7}$/, 'must be milliseconds, at most 9999999')
    .transform(Number)
    .default(10_000),
});

const refuse = (variable: string, why: string): never => {
  throw new ConfigurationError('CONFIGURATION_INVALID', `${variable}: ${why}.`);
};

/**
 * @throws ConfigurationError `CONFIGURATION_INVALID`, naming the variable but never its value, which may be a secret.
 */
export const readServerConfiguration = (
  environment: Readonly<Record<string, string | undefined>>,
): ServerConfiguration => {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(present);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return refuse(issue?.path.join('.') ?? 'The environment', issue?.message ?? 'is not valid');
  }
  const bundles = readBundleConfiguration(parsed.data, refuse);
  const jwt = readJwtConfiguration(parsed.data, refuse);
  const { CHARTERBUS_CONSTITUTION: constitution, CHARTERBUS_OPERATOR_TOKEN: operatorToken } = parsed.data;
  const { CHARTERBUS_CONSTITUTION_DATA: constitutionData, CHARTERBUS_REDIS_URL: redisUrl } = parsed.data;
  return {
    host: parsed.data.CHARTERBUS_HOST,
    port: parsed.data.CHARTERBUS_PORT,
    dataDirectory: parsed.data.CHARTERBUS_DATA_DIR,
    usage: readUsageConfiguration(parsed.data, refuse),
    metrics: parsed.data.CHARTERBUS_METRICS,
    drainMilliseconds: parsed.data.CHARTERBUS_DRAIN_MS,
    ...(constitution === undefined ? {} : { constitution }),
    ...(constitutionData === undefined ? {} : { constitutionData }),
    ...(bundles === undefined ? {} : { bundles }),
    ...(jwt === undefined ? {} : { jwt }),
    ...(operatorToken === undefined ? {} : { operatorToken }),
    ...(redisUrl === undefined ? {} : { redisUrl }),
  };
};
