import type { JsonValue } from '@charterbus/core-models';
import type { ConstitutionProblem } from '../source/problem.js';
import type { ConstitutionSources } from '../source/read-sources.js';

interface Tree {
  [name: string]: JsonValue | Tree;
}

export interface DataDocuments {
  readonly documents: object;
  readonly problems: readonly ConstitutionProblem[];
}

const packagePattern = /^package\s+([A-Za-z_]\w*)/gm;

/** The first names below `data` that belong to rules. */
const packageRoots = ({ rego }: Pick<ConstitutionSources, 'rego'>): ReadonlySet<string> =>
  new Set(rego.flatMap(({ text }) => [...text.matchAll(packagePattern)].map(([, root = '']) => root)));

/** The object at the end of the steps, made where it is not there; nothing where a file stands in the way. */
const holderOf = (root: Tree, steps: readonly string[], made: ReadonlySet<unknown>): Tree | undefined => {
  let holder = root;
  for (const step of steps) {
    if (!Object.hasOwn(holder, step)) holder[step] = Object.create(null) as Tree;
    const next = holder[step];
    if (typeof next !== 'object' || next === null || made.has(next)) return undefined;
    holder = next as Tree;
  }
  return holder;
};

/** `data/limits/daily.json` is `data.limits.daily` in Rego: a document for each file, which no rule and no other file names. */
export const dataDocuments = (sources: Pick<ConstitutionSources, 'rego' | 'data'>): DataDocuments => {
  const documents = Object.create(null) as Tree;
  const problems: ConstitutionProblem[] = [];
  const made = new Set<unknown>();
  const roots = packageRoots(sources);
  for (const [path, value] of sources.data) {
    const steps = path
      .replace(/^data\//, '')
      .replace(/\.json$/, '')
      .split('/');
    const [root = ''] = steps;
    const name = steps.at(-1) ?? '';
    const holder = holderOf(documents, steps.slice(0, -1), made);
    if (roots.has(root)) problems.push({ file: path, message: `is data.${root} in Rego, which is a package as well.` });
    else if (holder === undefined || Object.hasOwn(holder, name))
      problems.push({ file: path, message: 'is inside of the document that another file is.' });
    else {
      holder[name] = value;
      if (typeof value === 'object') made.add(value);
    }
  }
  return { documents, problems };
};
