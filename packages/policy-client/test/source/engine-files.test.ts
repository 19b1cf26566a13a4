import { describe, expect, it } from 'vitest';
import { readSources } from '../../src/source/read-sources.js';
import { toFiles } from '../support/files.js';
import { manifestOf } from '../support/rego.js';

const cedar = 'policies/a.cedar';
const rego = 'policies/deep/b.rego';
const wasm = 'policy.wasm';
const schema = 'schema.cedarschema';

const opa = (more = '') => `{ kind: opa, url: "http://127.0.0.1:8181"${more} }`;

const problemsOf = (engine: string, paths: readonly string[]) => {
  const texts = Object.fromEntries(paths.map((path) => [path, '']));
  return readSources(toFiles({ 'manifest.yaml': manifestOf(engine), ...texts })).problems.map(({ file }) => file);
};

describe('a policy that no engine of the constitution reads', () => {
  it.each([
    ['cedar', [cedar, schema], []],
    ['cedar', [rego, wasm], [rego, wasm]],
    ['opa-wasm', [rego, wasm], []],
    ['opa-wasm', [rego, wasm, cedar, schema], [cedar, schema]],
    ['static', [cedar, rego, wasm], [cedar, rego, wasm]],
    ['separation-of-powers', [cedar, rego], [cedar, rego]],
    [opa(), [rego], [rego]],
    [opa(', bundle: { name: a, revision: "1" }'), [rego], []],
    [opa(', bundle: { name: a, revision: "1" }'), [wasm, cedar], [wasm, cedar].toSorted()],
    ['{ kind: composite, members: { a: cedar, b: opa-wasm } }', [cedar, rego, wasm, schema], []],
    ['{ kind: composite, members: { a: static, b: opa-wasm } }', [cedar, rego, wasm], [cedar]],
  ] as const)('is a problem: %s with %j', (engine, paths, expected) => {
    expect(problemsOf(engine, paths).toSorted()).toEqual([...expected].toSorted());
  });

  it.each(['own.rego', 'data/own.rego', 'tests/own.rego', 'policies/policy.wasm', 'rego/own.wasm', 'bundle.wasm'])(
    'is a problem where it lies: %s',
    (path) => {
      expect(problemsOf('opa-wasm', [path])).toEqual([path]);
    },
  );

  it.each(['opa-wasm', opa(', bundle: { name: a, revision: "1" }')])('is a problem in a variant: %s', (engine) => {
    const own = 'variants/b/policies/a.rego';
    expect(problemsOf(engine, ['policies/a.rego', own])).toEqual([own]);
  });
});
