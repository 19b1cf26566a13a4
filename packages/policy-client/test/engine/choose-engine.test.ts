import { manifestSchema } from '@charterbus/core-models';
import { expect, it } from 'vitest';
import { chooseEngine } from '../../src/index.js';

const manifestOf = (engine: unknown) =>
  manifestSchema.parse({ format: 'charterbus.constitution/1', name: 'own', revision: 1, engine }).engine;

const opa = { kind: 'opa', url: 'http://127.0.0.1:8181' };

it.each([
  ['cedar', 'cedar', true, true],
  ['static', 'static', true, true],
  ['opa-wasm', 'opa-wasm', true, true],
  [opa, 'opa', false, false],
  [{ ...opa, pure: true }, 'opa', true, false],
  [{ kind: 'composite', members: { a: 'cedar', b: 'static' } }, 'composite', true, true],
  [{ kind: 'composite', members: { a: 'cedar', b: opa } }, 'composite', false, false],
] as const)('the engine of %j is %s', (engine, kind, pure, synchronous) => {
  expect(chooseEngine(manifestOf(engine))).toMatchObject({ kind, capabilities: { pure, synchronous } });
});
