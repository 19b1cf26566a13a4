import { z } from 'zod';
import { identifierPattern } from './identifiers.js';
import { isTrustedAddress } from './trusted-address.js';

/** Where usage goes besides the ledger, and whose is of the tier `enterprise`. */
export interface UsageConfiguration {
  readonly enterpriseTenants: readonly string[];
  /** Whether metrics of usage tell tenants apart. */
  readonly tenantMetrics: boolean;
  /** JSON lines are written to files in this directory. */
  readonly directory?: string;
  /** CloudEvents are sent to this address. */
  readonly url?: string;
  /** A bearer token for that address. */
  readonly token?: string;
}

const tenantsOf = (text: string): readonly string[] => text.split(',').map((one) => one.trim());

/** The variables of usage. */
export const usageVariables = {
  CHARTERBUS_ENTERPRISE_TENANTS: z
    .string()
    .refine(
      (text) => tenantsOf(text).every((one) => identifierPattern.test(one)),
      'must be ids of tenants with commas between them',
    )
    .transform(tenantsOf)
    .optional(),
  CHARTERBUS_TENANT_METRICS: z.enum(['on', 'off']).default('off'),
  CHARTERBUS_USAGE_DIR: z.string().trim().min(1).optional(),
  CHARTERBUS_USAGE_URL: z
    .string()
    .refine(isTrustedAddress, 'must be an address that begins with https://, or http:// and leads to this machine')
    .optional(),
  CHARTERBUS_USAGE_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/, 'must be visible ASCII characters')
    .optional(),
};

const schema = z.object(usageVariables);
type Variables = z.output<typeof schema>;
type Refuse = (variable: keyof Variables, why: string) => never;

export const readUsageConfiguration = (variables: Variables, refuse: Refuse): UsageConfiguration => {
  const { CHARTERBUS_USAGE_DIR: directory, CHARTERBUS_USAGE_URL: url, CHARTERBUS_USAGE_TOKEN: token } = variables;
  if (token !== undefined && url === undefined) {
    refuse('CHARTERBUS_USAGE_TOKEN', 'is for CHARTERBUS_USAGE_URL, which is not set');
  }
  return {
    enterpriseTenants: variables.CHARTERBUS_ENTERPRISE_TENANTS ?? [],
    tenantMetrics: variables.CHARTERBUS_TENANT_METRICS === 'on',
    ...(directory === undefined ? {} : { directory }),
    ...(url === undefined ? {} : { url }),
    ...(token === undefined ? {} : { token }),
  };
};
