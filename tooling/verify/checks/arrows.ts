import type { Check } from '../check.ts';
import type { Workspace } from '../workspace.ts';

const capabilities = ['validators', 'policy-client', 'registry', 'recovery', 'metering', 'audit', 'deliberation'];
const everything = ['core-models', 'store', ...capabilities, 'bus'];

/**
 * Who may import whom. Imports point toward `core-models`, so that whoever picks one package gets no more than what
 * stands below it. The README shows the same as a picture.
 */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  'core-models': [],
  store: ['core-models'],
  ...Object.fromEntries(capabilities.map((name) => [name, ['core-models', 'store']])),
  // What they guard themselves with, and show the health of, is `recovery`.
  validators: ['core-models', 'store', 'recovery'],
  'policy-client': ['core-models', 'store', 'recovery'],
  registry: ['core-models', 'store', 'recovery'],
  bus: ['core-models', 'store', ...capabilities],
  client: ['core-models'],
  'bus-server': [...everything, 'client'],
  bench: [...everything, 'client', 'bus-server'],
};

const scope = '@charterbus/';

/** The direction of the imports between packages, tests included; knip sees to it that what is imported is listed. */
export const arrows: Check = {
  name: 'arrows',
  async run({ workspaces }) {
    return { problems: workspaces.flatMap(problemsOf) };
  },
};

export function problemsOf({ directory, manifest }: Pick<Workspace, 'directory' | 'manifest'>): string[] {
  const allowed = allowedImports[manifest.name.slice(scope.length)];
  if (allowed === undefined) return [`${directory} has no place in the table of allowed imports`];
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest;
  return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies })
    .filter((name) => name.startsWith(scope) && name !== `${scope}tooling`)
    .filter((name) => !allowed.includes(name.slice(scope.length)))
    .map((name) => `${directory} may not import ${name}`);
}
