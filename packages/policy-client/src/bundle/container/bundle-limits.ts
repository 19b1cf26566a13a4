import { constitutionLimits } from '../../source/file-rules.js';

/**
 * What a bundle may be, before anything in it is trusted. Sizes in bytes; the inflated size leaves room for the headers
 * and the padding of every file.
 */
export const bundleLimits = Object.freeze({
  compressedBytes: constitutionLimits.totalBytes + 2 ** 20,
  inflatedBytes: constitutionLimits.totalBytes + 8 * 2 ** 20,
  /** Directories have entries of their own. */
  entries: 4 * constitutionLimits.files,
  signaturesBytes: 2 * 2 ** 20,
  manifestBytes: 2 ** 20,
});
