import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultConstitutionDirectory } from '@charterbus/policy-client';

/** A copy of the constitution that ships, at another revision, with policies added; the path of its directory. */
export const revisedConstitution = (within: string, revision: number, policies = ''): string => {
  const directory = join(within, `constitution-${revision}`);
  cpSync(defaultConstitutionDirectory, directory, { recursive: true });
  const manifest = join(directory, 'manifest.yaml');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/^revision: .*$/m, `revision: ${revision}`));
  if (policies !== '') appendFileSync(join(directory, 'policies', 'added.cedar'), policies);
  return directory;
};

/** Forbids what is called a secret, by its priority: contents are not seen. */
export const noLowPriority = `@id("nothing-low")
forbid (principal, action == Action::"send", resource) when { context.priority == "low" };
`;
