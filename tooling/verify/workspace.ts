import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string().default('0.0.0'),
  private: z.boolean().default(false),
  description: z.string().optional(),
  license: z.string().optional(),
  homepage: z.string().optional(),
  bugs: z.string().optional(),
  repository: z.object({ url: z.string(), directory: z.string().optional() }).optional(),
  type: z.string().optional(),
  sideEffects: z.boolean().optional(),
  files: z.array(z.string()).optional(),
  engines: names,
  bin: names,
  exports: z.record(z.string(), z.unknown()).default({}),
  publishConfig: z.looseObject({ access: z.string().optional() }).default({}),
  dependencies: names,
  devDependencies: names,
  peerDependencies: names,
  optionalDependencies: names,
});

export type Manifest = z.infer<typeof manifestSchema>;

export interface Workspace {
  readonly manifest: Manifest;
  /** Relative to the root, with forward slashes: `packages/bus`. */
  readonly directory: string;
}

/** The packages and applications of this repository, in the order of their directories. */
export function readWorkspaces(root: string): readonly Workspace[] {
  return ['apps', 'packages']
    .filter((group) => existsSync(join(root, group)))
    .flatMap((group) =>
      readdirSync(join(root, group))
        .toSorted()
        .map((name) => `${group}/${name}`),
    )
    .filter((directory) => existsSync(join(root, directory, 'package.json')))
    .map((directory) => ({ directory, manifest: readManifest(join(root, directory, 'package.json')) }));
}

export function publishable(workspaces: readonly Workspace[]): readonly Workspace[] {
  return workspaces.filter(({ manifest }) => !manifest.private);
}

function readManifest(file: string): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
