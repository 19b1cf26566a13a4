import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository, without a trailing slash. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

const plain = !process.stdout.isTTY && process.env['FORCE_COLOR'] === undefined;
const bin = join(root, 'node_modules', '.bin');

/**
 * What children see: the tools of this repository first on the PATH, the pinned Node among them; no colours in a log;
 * nobody is tracked.
 */
export const environment = {
  ...process.env,
  PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
  ...(plain ? { NO_COLOR: '1' } : {}),
  DO_NOT_TRACK: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
};

/** @typedef {{ version?: string, devEngines?: { packageManager?: { version?: string } } }} Manifest */

/** The version of pnpm that this repository is installed with. */
export function wantedPnpm() {
  return readManifest('package.json').devEngines?.packageManager?.version;
}

/** The version of pnpm that the repository has brought along, once it is installed. */
export function installedPnpm() {
  const manifest = 'node_modules/pnpm/package.json';
  return existsSync(join(root, manifest)) ? readManifest(manifest).version : undefined;
}

/**
 * @param {string} file relative to the root
 * @returns {Manifest}
 */
function readManifest(file) {
  return /** @type {Manifest} */ (JSON.parse(readFileSync(join(root, file), 'utf8')));
}
