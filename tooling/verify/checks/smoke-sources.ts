import type { Manifest } from '../workspace.ts';

/** The names under which a package's code can be imported. */
export function entryImports({ name, exports }: Pick<Manifest, 'name' | 'exports'>): readonly string[] {
  return Object.keys(exports)
    .filter((entry) => !entry.endsWith('.json') && !entry.includes('*'))
    .map((entry) => `${name}${entry.slice(1)}`);
}

/** A module that uses something of each import, so that neither the compiler nor Node can leave one out. */
export function importsOf(entries: readonly string[]): string {
  const imports = entries.map((entry, index) => `import * as entry${index} from ${JSON.stringify(entry)};`);
  const uses = entries.map((entry, index) => `  [${JSON.stringify(entry)}, Object.keys(entry${index})],`);
  const check =
    'for (const [name, names] of entries) if (names.length === 0) throw new Error(`${name} exports nothing`);';
  return [...imports, 'const entries: [string, string[]][] = [', ...uses, '];', check, ''].join('\n');
}

/** The first block of TypeScript in a README, as a module. */
export function readmeExample(readme: string): string | undefined {
  const [, example] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? [];
  // Without an import or export of its own it would be a script, which may not await.
  return example === undefined ? undefined : `${example}\nexport {};\n`;
}
