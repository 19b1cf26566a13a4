import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../../', import.meta.url));

export interface BuiltEntry {
  /** As it is imported: `@charterbus/bus/sqlite`. */
  readonly name: string;
  readonly file: string;
  readonly built: boolean;
}

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string | { readonly default: string }>>;
}

/** Every entry of code that the packages and apps of the workspace export. */
export const builtEntries = (): readonly BuiltEntry[] =>
  globSync('{packages,apps}/*/package.json', { cwd: root })
    .toSorted()
    .flatMap((path) => {
      const { name, exports = {} } = JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest;
      return Object.entries(exports).flatMap(([entry, target]) => {
        if (typeof target === 'string') return [];
        const file = join(root, path, '..', target.default);
        return [{ name: `${name}${entry.slice(1)}`, file, built: existsSync(file) }];
      });
    });

/** The texts of all files that match, joined; `skip` leaves out paths that contain it. */
export const textOf = (pattern: string, skip: string): string =>
  globSync(pattern, { cwd: root })
    .filter((path) => !path.includes(skip))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
