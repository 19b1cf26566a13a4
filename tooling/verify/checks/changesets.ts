import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { command } from '../command.ts';
import { publishable, type Workspace } from '../workspace.ts';

/** Every package that changed since its last release is named by a changeset that waits in `.changeset`. */
export const changesets: Check = {
  name: 'changesets',
  async run({ root, workspaces }) {
    const waiting = readdirSync(join(root, '.changeset'))
      .filter((file) => file.endsWith('.md') && file !== 'README.md')
      .map((file) => readFileSync(join(root, '.changeset', file), 'utf8'));
    const problems: string[] = [];
    for (const workspace of publishable(workspaces)) {
      const named = waiting.some((text) => namesPackage(text, workspace.manifest.name));
      if (named || !(await changedSinceRelease(root, workspace))) continue;
      problems.push(`${workspace.manifest.name} has changed and no changeset names it: run pnpm changeset`);
    }
    return { problems };
  },
};

/** Whether the front matter of a changeset names a package. */
export function namesPackage(text: string, name: string): boolean {
  const [, frontMatter = ''] = text.split('---');
  return frontMatter.split('\n').some((line) => line.replaceAll(/['"]/g, '').startsWith(`${name}:`));
}

/** A release is the commit that last wrote the package's change log. */
async function changedSinceRelease(root: string, { directory }: Workspace): Promise<boolean> {
  const log = `${directory}/CHANGELOG.md`;
  if (!existsSync(join(root, log))) return true;
  const release = await command('git', ['log', '-1', '--format=%H', '--', log], { cwd: root });
  const range = `${release.stdout.trim()}..HEAD`;
  const changes = await command('git', ['log', '--format=%H', range, '--', `${directory}/src`], { cwd: root });
  return changes.stdout.trim() !== '';
}
