import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { TestOutcome } from '../../test-run/report.ts';
import { type Check, type Finding, unchecked } from '../check.ts';
import { readTestReport } from './test-results.ts';

const requirementsSchema = z.array(
  z.strictObject({
    id: z.string().regex(/^[A-Z]+(-[A-Z0-9]+)+$/, 'an id looks like BUS-DENY-1'),
    promise: z.string().min(1),
    promisedIn: z.string().min(1),
    tests: z.array(z.strictObject({ file: z.string(), name: z.string() })).min(1),
  }),
);

type Requirement = z.infer<typeof requirementsSchema>[number];

const manifest = 'docs/requirements.yaml';

/** Each promise has tests that hold it, and each id named in a document is a promise. */
export const requirements: Check = {
  name: 'requirements',
  async run(scene): Promise<Finding> {
    const parsed = requirementsSchema.safeParse(parse(readFileSync(join(scene.root, manifest), 'utf8')));
    if (!parsed.success) return { problems: [`${manifest}: ${z.prettifyError(parsed.error)}`] };
    const documents = [...new Set(['README.md', ...parsed.data.map(({ promisedIn }) => promisedIn)])];
    const texts = new Map(documents.map((document) => [document, textOf(join(scene.root, document))]));
    const named = namingProblems(parsed.data, texts);
    if (named.length > 0) return { problems: named };
    const report = await readTestReport(scene);
    if (report === undefined || report.partial) {
      return unchecked(scene, 'there is no report of a full test run to hold the promises against');
    }
    const servicesRequired = process.env['CHARTERBUS_REQUIRE_SERVICES'] === '1';
    return {
      problems: parsed.data.flatMap((requirement) => unheld(requirement, report.tests, servicesRequired)),
    };
  },
};

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** A document names the promises it makes in comments: `<!-- req: BUS-DENY-1 -->`. */
export function namingProblems(
  requirements: readonly Requirement[],
  documents: ReadonlyMap<string, string>,
): readonly string[] {
  const ids = requirements.map(({ id }) => id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} stands twice in ${manifest}`);
  const namedIn = (text: string): string[] => [...text.matchAll(/<!-- req: ([\w-]+) -->/g)].map(([, id = '']) => id);
  const unknown = [...documents].flatMap(([document, text]) =>
    namedIn(text)
      .filter((id) => !ids.includes(id))
      .map((id) => `${document} names ${id}, which is not in ${manifest}`),
  );
  const unnamed = requirements
    .filter(({ id, promisedIn }) => !namedIn(documents.get(promisedIn) ?? '').includes(id))
    .map(({ id, promisedIn }) => `${id} is not named in ${promisedIn}`);
  return [...twice, ...unknown, ...unnamed];
}

/** A test that is named but gone holds nothing; one that was skipped does only where a service may be missing. */
export function unheld(
  { id, tests }: Requirement,
  outcomes: readonly TestOutcome[],
  servicesRequired: boolean,
): readonly string[] {
  return tests.flatMap(({ file, name }) => {
    const matching = outcomes.filter((outcome) => outcome.file === file && outcome.name.includes(name));
    if (matching.length === 0) return [`${id}: there is no test "${name}" in ${file}`];
    return matching
      .filter(({ state }) => state === 'failed' || (state === 'skipped' && servicesRequired))
      .map((outcome) => `${id}: "${outcome.name}" in ${file} was ${outcome.state}`);
  });
}
