import { join } from 'node:path';
import { z } from 'zod';
import { command } from './command.ts';
import { publishable, type Workspace } from './workspace.ts';

const packedSchema = z.object({ filename: z.string() });

/** Packs what would be published and tells where each tarball lies. */
export async function packAll(
  root: string,
  workspaces: readonly Workspace[],
  scratch: string,
): Promise<ReadonlyMap<string, string>> {
  const tarballs = new Map<string, string>();
  for (const { directory, manifest } of publishable(workspaces)) {
    const { code, stdout, output } = await command('pnpm', ['pack', '--json', '--pack-destination', scratch], {
      cwd: join(root, directory),
    });
    if (code !== 0) throw new Error(`${manifest.name} cannot be packed: ${output}`);
    tarballs.set(manifest.name, packedSchema.parse(JSON.parse(stdout)).filename);
  }
  return tarballs;
}
