import { positionAt } from '../source/position.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { SourceText } from '../source/read-sources.js';
import {
  type AttributeTypes,
  attributesOf,
  type Namespace,
  own,
  plainNamespace,
  type SchemaJson,
} from './schema-json.js';

/** What the bus came to tell later: a schema that was written before need not have it. */
const laterFields: ReadonlySet<string> = new Set(['toTopic', 'toCapability']);

interface Difference {
  /** The words after which, and at which, it is looked for in the text. */
  readonly at: readonly string[];
  readonly message: string;
}

const sameNames = (left: readonly string[] = [], right: readonly string[] = []): boolean =>
  JSON.stringify(left.toSorted()) === JSON.stringify(right.toSorted());

const listed = (names: readonly string[] = []): string => `[${names.toSorted().join(', ')}]`;

const attributeDifferences = (
  of: string,
  owner: string,
  given: AttributeTypes,
  right: AttributeTypes,
): readonly Difference[] =>
  [...new Set([...right.keys(), ...given.keys()])].flatMap((name): readonly Difference[] => {
    const [is, should] = [given.get(name), right.get(name)];
    if (is === should) return [];
    if (should === undefined)
      return [
        { at: [owner, name], message: `${of} has no ${name}: the bus does not tell it, and no fact is called so.` },
      ];
    if (is === undefined && laterFields.has(name) && should === '?: String') return [];
    return is === undefined
      ? [{ at: [owner], message: `${of} lacks ${name}${should}.` }]
      : [{ at: [owner, name], message: `${of} has ${name}${should}, not ${name}${is}.` }];
  });

const actionDifferences = (name: string, given: Namespace, right: Namespace): readonly Difference[] => {
  const [is, should] = [own(given.actions, name), own(right.actions, name)];
  if (should === undefined)
    return [
      { at: [name], message: `there is no action ${name}: it is neither send nor receive nor a tool of the manifest.` },
    ];
  if (is === undefined) return [{ at: [], message: `lacks the action ${name}.` }];
  const differences: Difference[] = [];
  const expect = (what: string, was: readonly string[] | undefined, be: readonly string[] | undefined): void => {
    if (!sameNames(was, be))
      differences.push({ at: [name], message: `action ${name}: ${what} is ${listed(be)}, not ${listed(was)}.` });
  };
  expect(
    'the list after in',
    is.memberOf?.map(({ id }) => id),
    should.memberOf?.map(({ id }) => id),
  );
  expect('principal', is.appliesTo?.principalTypes, should.appliesTo?.principalTypes);
  expect('resource', is.appliesTo?.resourceTypes, should.appliesTo?.resourceTypes);
  const context = [is.appliesTo?.context, should.appliesTo?.context] as const;
  return [
    ...differences,
    ...attributeDifferences(
      `the context of the action ${name}`,
      name,
      attributesOf(context[0], given),
      attributesOf(context[1], right),
    ),
  ];
};

const entityDifferences = (name: string, given: Namespace, right: Namespace): readonly Difference[] => {
  const [is, should] = [own(given.entityTypes, name), own(right.entityTypes, name)];
  if (is === undefined) return [{ at: [], message: `lacks the entity type ${name}.` }];
  const parents = [is.memberOfTypes, should?.memberOfTypes] as const;
  return [
    ...(sameNames(...parents)
      ? []
      : [{ at: [name], message: `${name} is in ${listed(parents[1])}, not in ${listed(parents[0])}.` }]),
    ...attributeDifferences(name, name, attributesOf(is.shape, given), attributesOf(should?.shape, right)),
  ];
};

/** Where the last of the words stands, each looked for after the one before it. */
const placeOf = (text: string, words: readonly string[]): { line?: number; column?: number } => {
  let offset: number | undefined;
  for (const word of words) {
    const pattern = new RegExp(`(?<![A-Za-z0-9_])${word.replace(/[^A-Za-z0-9_]/g, '\\$&')}(?![A-Za-z0-9_])`, 'g');
    pattern.lastIndex = offset ?? 0;
    const found = pattern.exec(text)?.index ?? text.search(pattern);
    if (found >= 0) offset = found;
  }
  return offset === undefined ? {} : positionAt(text, offset);
};

/**
 * In what a hand-written schema differs from the one that follows from the manifest. Where it did, policies would be
 * checked against another vocabulary than the one that they are asked in. Entity types and types of its own are nobody's
 * business.
 */
export const schemaDifferences = (
  source: SourceText,
  given: SchemaJson,
  generated: SchemaJson,
): readonly ConstitutionProblem[] => {
  const [is, should] = [plainNamespace(given), plainNamespace(generated)];
  const elsewhere = Object.entries(given).filter(
    ([name, { actions }]) => name !== '' && Object.keys(actions).length > 0,
  );
  const differences: readonly Difference[] = [
    ...elsewhere.map(([name]) => ({ at: [name], message: `actions belong in no namespace; ${name} has some.` })),
    ...Object.keys(should.entityTypes).flatMap((name) => entityDifferences(name, is, should)),
    ...[...new Set([...Object.keys(should.actions), ...Object.keys(is.actions)])].flatMap((name) =>
      actionDifferences(name, is, should),
    ),
  ];
  return differences.map(({ at, message }) => ({ file: source.path, ...placeOf(source.text, at), message }));
};
