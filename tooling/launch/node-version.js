import { spawnSync } from 'node:child_process';
import { environment } from './repository.js';

/** What the code needs. The launchers themselves run from 20.19 on, so that they can bring this one along. */
const requiredMajor = 24;
const launcherMinimum = [20, 19];

/**
 * Whether this machine can get to Node 24, told before anything is downloaded.
 *
 * @param {{ version: string, platform: string, arch: string }} machine
 * @returns {string | undefined} one sentence for the user, or nothing where all is well
 */
export function nodeProblem({ version, platform, arch }) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const bringsNode = platform === 'linux' && (arch === 'x64' || arch === 'arm64');
  if (!bringsNode && major < requiredMajor) {
    return `Charterbus needs Node ${requiredMajor} or newer on ${platform} ${arch}, and this is ${version}.`;
  }
  const [leastMajor = 0, leastMinor = 0] = launcherMinimum;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
    return `Charterbus needs Node ${launcherMinimum.join('.')} or newer to set itself up, and this is ${version}.`;
  }
  return undefined;
}

/**
 * Whether `node` on the children's PATH is what the code needs: the pinned one may not run here (another libc).
 *
 * @returns {string | undefined} one sentence for the user, or nothing where all is well
 */
export function installedNodeProblem() {
  const { stdout, error } = spawnSync('node', ['--version'], { env: environment, encoding: 'utf8' });
  const version = stdout?.trim() ?? '';
  if (error === undefined && Number(version.replace(/^v/, '').split('.')[0]) >= requiredMajor) return undefined;
  return `Charterbus needs Node ${requiredMajor} or newer, and the one it would run with ${
    version === '' ? 'does not start on this machine' : `is ${version}`
  }.`;
}
