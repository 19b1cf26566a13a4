import { z } from 'zod';
import type { Check } from '../check.ts';
import { command } from '../command.ts';

/** Licences that ask for no more than that they be named. */
const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
]);

const licencesSchema = z.record(z.string(), z.array(z.object({ name: z.string() })));

/** What a user of the packages installs is under permissive licences. */
export const licences: Check = {
  name: 'licences',
  async run({ root }) {
    const { code, stdout, output } = await command('pnpm', ['licenses', 'list', '--prod', '--json'], { cwd: root });
    if (code !== 0) return { problems: [output] };
    const byLicence = Object.entries(licencesSchema.parse(JSON.parse(stdout)));
    return {
      problems: byLicence
        .filter(([licence]) => !isPermissive(licence))
        .map(([licence, packages]) => `${licence}: ${packages.map(({ name }) => name).join(', ')}`),
    };
  },
};

/** For a choice one permissive licence is enough, for a combination all have to be. */
export function isPermissive(expression: string): boolean {
  const bare = expression.replaceAll(/[()]/g, '');
  if (bare.includes(' OR ')) return bare.split(' OR ').some(isPermissive);
  return bare.split(' AND ').every((licence) => permissive.has(licence));
}
