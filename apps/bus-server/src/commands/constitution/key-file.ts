import { readFile, stat } from 'node:fs/promises';
import { ConfigurationError } from '@charterbus/core-models';
import { type SignatureAlgorithm, usualAlgorithm } from '@charterbus/policy-client';
import type { Terminal } from '../terminal.js';
import { unreadable } from './read-files.js';

/** Larger than any key in PEM. */
const largest = 64 * 1024;

const readKey = async (path: string): Promise<string> => {
  try {
    const { size } = await stat(path);
    if (size <= largest) return await readFile(path, 'utf8');
  } catch (cause) {
    return unreadable(path, cause);
  }
  throw new ConfigurationError('CONFIGURATION_INVALID', `${path} is too large for a key.`);
};

/** A private key; a word of warning where others may read it. What is in it is never printed. */
export const readPrivateKey = async (path: string, terminal: Terminal): Promise<string> => {
  const key = await readKey(path);
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    terminal.complain(`Warning: ${path} may be read by others (mode ${octal}); "chmod 600 ${path}" mends that.`);
  }
  return key;
};

export const readPublicKey = readKey;

/** The algorithm that was asked for, or the usual one of the key. */
export const algorithmFor = (key: string, id: string, asked: SignatureAlgorithm | undefined): SignatureAlgorithm =>
  asked ?? usualAlgorithm(key, id);
