import { stat } from 'node:fs/promises';
import { type BundleConfiguration, ConfigurationError } from '@charterbus/core-models';
import {
  type BundleSource,
  type BundleTrust,
  directorySource,
  fileSource,
  httpSource,
} from '@charterbus/policy-client';

export interface ServedSources {
  readonly primary: BundleSource;
  readonly fallbacks: readonly BundleSource[];
}

const isAddress = (place: string): boolean => /^https?:\/\//i.test(place);

/** What is not there yet may come; as a file, since a directory is named for what it holds. */
const isDirectory = async (place: string): Promise<boolean> => {
  try {
    return (await stat(place)).isDirectory();
  } catch {
    return place.endsWith('/');
  }
};

/** A token is for whom it was given for: not for another host that happens to be asked too. */
const tokenFor = (place: string, { primary, token }: BundleConfiguration): { tokenFrom?: string } => {
  const same = isAddress(primary) && URL.parse(place)?.origin === URL.parse(primary)?.origin;
  return same && token !== undefined ? { tokenFrom: 'CHARTERBUS_BUNDLE_TOKEN' } : {};
};

const sourceOf = async (
  place: string,
  name: string,
  trust: BundleTrust | 'unsigned',
  configuration: BundleConfiguration,
): Promise<BundleSource> => {
  if (!isAddress(place)) {
    return (await isDirectory(place))
      ? directorySource({ directory: place, trust, name })
      : fileSource({ path: place, trust, name });
  }
  if (trust === 'unsigned') {
    throw new ConfigurationError(
      'CONFIGURATION_INVALID',
      'CHARTERBUS_BUNDLE_UNSIGNED: what comes over the network needs a signature.',
    );
  }
  const environment = { CHARTERBUS_BUNDLE_TOKEN: configuration.token };
  return httpSource({ url: place, trust, name, environment, ...tokenFor(place, configuration) });
};

/** @throws ConfigurationError for an address that is none, or for one without signatures. */
export const sourcesOf = async (
  configuration: BundleConfiguration,
  trust: BundleTrust | 'unsigned',
): Promise<ServedSources> => {
  const { primary, fallbacks } = configuration;
  return {
    primary: await sourceOf(primary, 'primary', trust, configuration),
    fallbacks: await Promise.all(
      fallbacks.map((place, index) => sourceOf(place, `fallback ${index + 1}`, trust, configuration)),
    ),
  };
};
