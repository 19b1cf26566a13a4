import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { publishable, type Workspace } from '../workspace.ts';

const home = 'https://github.com/charterbus/charterbus';

/** What every published package says about itself, so that each can be picked alone. */
export const manifests: Check = {
  name: 'manifests',
  async run({ root, workspaces }) {
    return { problems: publishable(workspaces).flatMap((workspace) => problemsOf(root, workspace)) };
  },
};

function problemsOf(root: string, { directory, manifest }: Workspace): string[] {
  const expected: Record<string, boolean> = {
    'description is missing': (manifest.description ?? '') !== '',
    'license is not Apache-2.0': manifest.license === 'Apache-2.0',
    'repository.url is wrong': manifest.repository?.url === `git+${home}.git`,
    'repository.directory is wrong': manifest.repository?.directory === directory,
    'homepage is wrong': manifest.homepage === `${home}/tree/main/${directory}#readme`,
    'bugs is wrong': manifest.bugs === `${home}/issues`,
    'type is not module': manifest.type === 'module',
    'sideEffects is not false': manifest.sideEffects === false,
    'files does not begin with dist and src': manifest.files?.slice(0, 2).join() === 'dist,src',
    'engines.node is not >=24': manifest.engines['node'] === '>=24',
    'exports lacks ./package.json': './package.json' in manifest.exports,
    'publishConfig.access is not public': manifest.publishConfig.access === 'public',
    'README.md is missing': existsSync(join(root, directory, 'README.md')),
  };
  return Object.entries(expected)
    .filter(([, met]) => !met)
    .map(([problem]) => `${directory}/package.json: ${problem}`);
}
