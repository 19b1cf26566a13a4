import { ConstitutionalError, type ConstitutionFile } from '@charterbus/core-models';
import { type BundleTrust, bundleOfFiles, checkStatus, readConstitutionManifest } from '@charterbus/policy-client';

/** Whether files may be in force on a server that follows bundles; rejects where not. */
export type Admission = (files: readonly ConstitutionFile[]) => Promise<void>;

const checkName = (name: string, expected: string): void => {
  if (name === expected) return;
  const message = `The bundle: it is of the constitution ${name}, not of ${expected}.`;
  throw new ConstitutionalError('BUNDLE_INVALID', message);
};

/**
 * Where keys are configured, nothing comes into force that they did not sign, however it gets here: from a source, from
 * an operator, or back from the store.
 */
export const admissionBy =
  (trust: BundleTrust | 'unsigned', constitution: string): Admission =>
  async (files) => {
    if (trust === 'unsigned') {
      checkName(readConstitutionManifest(files).name, constitution);
      return;
    }
    const bundle = await bundleOfFiles(files, { trust });
    checkName(bundle.name, constitution);
    checkStatus(bundle);
  };
