import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Scene } from '../check.ts';
import { command } from '../command.ts';
import { publishable } from '../workspace.ts';

const compilerOptions = {
  target: 'ES2024',
  lib: ['ES2024', 'ESNext.Disposable'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  types: ['node'],
  skipLibCheck: false,
  noEmit: true,
};

const catalogSchema = z.object({ catalog: z.record(z.string(), z.string()) });

/** An empty project that installs every tarball, and no optional peer. */
export async function installPackages(scene: Scene, project: string): Promise<void> {
  const tarballs = [...(await scene.tarballs())].map(([name, file]) => [name, `file:${file}`] as const);
  const catalog = catalogOf(scene.root);
  const manifest = {
    name: 'smoke',
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(tarballs),
    devDependencies: { '@types/node': catalog['@types/node'], typescript: catalog['typescript'] },
  };
  // What one tarball wants of another is not on any registry yet.
  const settings = { packages: ['.'], autoInstallPeers: false, overrides: Object.fromEntries(tarballs) };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(project, 'pnpm-workspace.yaml'), JSON.stringify(settings));
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  await pnpm(project, ['install', '--no-frozen-lockfile', '--prefer-offline']);
}

/** Adds the optional drivers that some entries need. */
export async function installPeers(scene: Scene, project: string): Promise<void> {
  const catalog = catalogOf(scene.root);
  const peers = publishable(scene.workspaces)
    .flatMap(({ manifest }) => Object.entries(manifest.peerDependencies))
    .filter(([name]) => !name.startsWith('@charterbus/'))
    .map(([name, range]) => `${name}@${range.startsWith('catalog:') ? catalog[name] : range}`);
  if (peers.length > 0) await pnpm(project, ['add', '--prefer-offline', ...new Set(peers)]);
}

async function pnpm(project: string, args: readonly string[]): Promise<void> {
  const { code, output } = await command('pnpm', args, { cwd: project });
  if (code !== 0) throw new Error(`pnpm ${args[0]} failed in an empty project:\n${output}`);
}

function catalogOf(root: string): Readonly<Record<string, string>> {
  return catalogSchema.parse(parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))).catalog;
}
