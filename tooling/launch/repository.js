import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository, without a trailing slash. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

const bin = join(root, 'node_modules', '.bin');

/** What children see: the tools of this repository first on the PATH, the pinned Node among them; nobody is tracked. */
export const environment = {
  ...process.env,
  PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
  DO_NOT_TRACK: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
};

/**
 * @param {string} file relative to the root
 * @returns {any} the parsed file
 */
export function readJson(file) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}
