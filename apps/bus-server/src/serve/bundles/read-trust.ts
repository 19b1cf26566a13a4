import { readFile } from 'node:fs/promises';
import { type BundleConfiguration, ConfigurationError } from '@charterbus/core-models';
import { BundleTrust, readPublicKeys } from '@charterbus/policy-client';

const mostBytes = 256 * 1024;

/** @throws ConfigurationError where the keys cannot be read, or are none. */
export const readTrust = async ({ trust }: BundleConfiguration): Promise<BundleTrust | 'unsigned'> => {
  if (trust === 'unsigned') return trust;
  let document: string;
  try {
    document = await readFile(trust.key, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    const message = `CHARTERBUS_BUNDLE_KEY: ${trust.key} cannot be read (${code}).`;
    throw new ConfigurationError('CONFIGURATION_INVALID', message, { cause });
  }
  if (document.length > mostBytes) {
    throw new ConfigurationError('CONFIGURATION_INVALID', `CHARTERBUS_BUNDLE_KEY: ${trust.key} is too large for keys.`);
  }
  return new BundleTrust({ keys: readPublicKeys(document, trust.keyId), scope: trust.scope });
};
