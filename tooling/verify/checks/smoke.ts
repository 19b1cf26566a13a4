import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check, Finding, Scene } from '../check.ts';
import { command } from '../command.ts';
import { publishable, type Workspace } from '../workspace.ts';
import { installPackages, installPeers } from './smoke-project.ts';
import { entryImports, importsOf, readmeExample } from './smoke-sources.ts';

const exampleDeadlineMs = 60_000;

interface Run {
  readonly what: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** A stranger's first minutes: install the tarballs, import every entry, run what the READMEs show. */
export const smoke: Check = {
  name: 'smoke',
  async run(scene): Promise<Finding> {
    const packages = publishable(scene.workspaces);
    const project = join(scene.scratch, 'smoke');
    await mkdir(project);
    await installPackages(scene, project);
    // First without optional drivers: picking one package must not take more than that package.
    const withoutPeers = await failures(project, packages.map(importOfMainEntry));
    await installPeers(scene, project);
    const { runs, missing } = await writeSources(scene, project, packages);
    const types: Run = { what: 'the types of the entries and examples', program: 'tsc', args: ['-p', 'tsconfig.json'] };
    const found = await failures(project, [types, ...runs, ...packages.flatMap(versionOfPrograms)]);
    return { problems: [...withoutPeers, ...missing, ...found] };
  },
};

function importOfMainEntry({ manifest: { name } }: Workspace): Run {
  const source = `await import(${JSON.stringify(name)});`;
  return { what: `import of ${name} without optional peers`, program: 'node', args: nodeArgs('-e', source) };
}

function versionOfPrograms({ manifest }: Workspace): Run[] {
  return Object.keys(manifest.bin).map((name) => ({
    what: `${name} --version`,
    program: 'pnpm',
    args: ['exec', name, '--version'],
  }));
}

async function writeSources(
  { root }: Scene,
  project: string,
  packages: readonly Workspace[],
): Promise<{ runs: readonly Run[]; missing: readonly string[] }> {
  const runs: Run[] = [{ what: 'import of every entry', program: 'node', args: nodeArgs('entries.ts') }];
  const missing: string[] = [];
  await writeFile(join(project, 'entries.ts'), importsOf(packages.flatMap(({ manifest }) => entryImports(manifest))));
  for (const { directory, manifest } of packages) {
    const readme = join(root, directory, 'README.md');
    const example = existsSync(readme) ? readmeExample(readFileSync(readme, 'utf8')) : undefined;
    const file = `${manifest.name.replace(/^.*\//, '')}-readme.ts`;
    if (example !== undefined) {
      await writeFile(join(project, file), example);
      runs.push({ what: `the example in ${directory}/README.md`, program: 'node', args: nodeArgs(file) });
    } else if (Object.keys(manifest.bin).length === 0) missing.push(`${directory}/README.md has no ts block to run`);
  }
  return { runs, missing };
}

/** Warnings of Node about its own younger parts are not what is looked for. */
function nodeArgs(...args: readonly string[]): string[] {
  return ['--no-warnings', ...args];
}

async function failures(project: string, runs: readonly Run[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { what, program, args } of runs) {
    const { code, output } = await command(program, args, { cwd: project, deadlineMs: exampleDeadlineMs });
    if (code !== 0) problems.push(`${what}:\n${output.trim()}`);
  }
  return problems;
}
