import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as source from '../../src/index.js';
import { builtEntries } from '../support/workspace.js';

type Core = typeof source;
type ErrorClass = (new (
  code: string,
  message: string,
  options?: object,
) => source.CharterbusError) & {
  isInstance(value: unknown): boolean;
};

const load = async (file: string, copy = ''): Promise<Readonly<Record<string, unknown>>> =>
  (await import(/* @vite-ignore */ `${pathToFileURL(file).href}${copy}`)) as Readonly<Record<string, unknown>>;

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === 'function' && value.prototype instanceof Error;

const entries = builtEntries();
const coreFile = entries.find(({ name }) => name === '@charterbus/core-models')?.file ?? '';
/** One code for each class, by the name that its category gives it. */
const codeFor = (name: string): string | undefined =>
  Object.entries(source.errorCatalogue).find(([, { category }]) => `${category}error` === name.toLowerCase())?.[0];

describe('every entry of the workspace', () => {
  it.for(entries)('$name exports no errors but ours', async ({ name, file, built }, context) => {
    if (!built) context.skip(`${name} is not built`);
    const core = (await load(coreFile)) as unknown as Core;
    for (const [exported, value] of Object.entries(await load(file))) {
      if (!isErrorClass(value) || exported === 'CharterbusError') continue;
      expect(value.prototype, `${name} ${exported}`).toBeInstanceOf(core.CharterbusError);
      const code = codeFor(exported);
      expect(code, `${name} ${exported} belongs to a category`).toBeDefined();
      const cause = new Error('underneath');
      const error = new value(code ?? '', 'No.', { cause });
      expect(error).toMatchObject({ name: exported, code, cause, message: 'No.' });
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({ name: exported, code, message: 'No.' });
    }
  });
});

describe('two copies of this package', () => {
  it("recognise each other's errors, by category", async (context) => {
    if (coreFile === '' || !entries.some(({ file, built }) => built && file === coreFile)) context.skip('not built');
    const other = (await load(coreFile, '?copy')) as unknown as Core;
    const names = Object.keys(source).filter((name) => name.endsWith('Error') && codeFor(name) !== undefined);
    expect(names).toHaveLength(8);
    expect(other.MessageError).not.toBe(source.MessageError);
    const mine: Core = { ...source };
    for (const name of names as 'MessageError'[]) {
      const theirs = new other[name](codeFor(name) as 'LEASE_LOST', 'No.');
      expect(theirs instanceof mine[name]).toBe(false);
      expect(source.CharterbusError.isInstance(theirs)).toBe(true);
      expect(mine[name].isInstance(theirs)).toBe(true);
      expect(other[name].isInstance(new mine[name](codeFor(name) as 'LEASE_LOST', 'No.'))).toBe(true);
      expect(source.toProblem(theirs)).toEqual(other.toProblem(theirs));
    }
  });
});
