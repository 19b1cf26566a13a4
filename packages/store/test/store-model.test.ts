import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMemoryStore, openSqliteStore, type Store, type Write } from '../src/index.js';
import { otherNamespace, rowsNamespace } from '../src/testing/index.js';
import { temporaryDirectory } from './support/directories.js';
import { outcomeOf } from './support/outcomes.js';

const namespaces = [rowsNamespace, otherNamespace];
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

type Step =
  | { readonly kind: 'add' | 'addOrRollBack' | 'remove'; readonly name: string }
  | { readonly kind: 'note'; readonly item: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('add', 'addOrRollBack', 'remove'), name: fc.constantFrom(...names) }),
  fc.record({ kind: fc.constant('note'), item: fc.integer({ min: 0, max: 5 }) }),
);
const unit = fc.array(step, { maxLength: 4 });
/** Bursts: the units of one are committed without waiting for each other. */
const history = fc.array(fc.array(unit, { minLength: 1, maxLength: 8 }), { maxLength: 6 });

const toWrite = (one: Step): Write =>
  one.kind === 'note'
    ? { namespace: 'other', statement: 'note', values: [one.item, ''] }
    : { namespace: 'rows', statement: one.kind, values: [one.name] };

/** The meaning of the tables, without a database. */
class Model {
  items = new Map<string, number>();
  notes = new Set<number>();

  /** The rowids that the unit's writes give, or nothing where it breaks a rule; then nothing of it is kept. */
  apply(steps: readonly Step[]): readonly number[] | undefined {
    const items = new Map(this.items);
    const notes = new Set(this.notes);
    const rowids: number[] = [];
    for (const one of steps) {
      if (one.kind === 'note') {
        if (notes.has(one.item)) return undefined;
        notes.add(one.item);
        rowids.push(one.item);
      } else if (one.kind === 'remove') {
        items.delete(one.name);
        rowids.push(0);
      } else {
        if (items.has(one.name)) return undefined;
        const id = Math.max(0, ...items.values()) + 1;
        items.set(one.name, id);
        rowids.push(id);
      }
    }
    this.items = items;
    this.notes = notes;
    return rowids;
  }
}

const expectSame = (store: Store, model: Model): void => {
  const items = store.read('rows', 'all', []).map((row) => [row['name'], row['id']]);
  expect(items).toEqual([...model.items].toSorted(([, left], [, right]) => left - right));
  expect(store.read('other', 'all', []).map((row) => row['item'])).toEqual([...model.notes].toSorted((a, b) => a - b));
};

const play = async (store: Store, model: Model, bursts: readonly (readonly (readonly Step[])[])[]): Promise<void> => {
  for (const burst of bursts) {
    const rowids = burst.map(async (steps) => {
      const results = await store.commit(steps.map(toWrite));
      return results.map((one) => one.lastInsertRowid);
    });
    const refusals = rowids.map(outcomeOf);
    for (const [place, steps] of burst.entries()) {
      const expected = model.apply(steps);
      expect(await refusals[place]).toBe(expected === undefined ? 'STORE_WRITE_REFUSED' : 'kept');
      if (expected !== undefined) expect(await rowids[place]).toEqual(expected);
    }
    expectSame(store, model);
  }
};

test('the memory store does what a plain model does, whatever fails', async () => {
  const property = fc.asyncProperty(history, async (bursts) => {
    await using store = await openMemoryStore({ namespaces });
    await play(store, new Model(), bursts);
  });
  await expect(fc.assert(property, { numRuns: 300 })).resolves.toBeUndefined();
});

test('the SQLite store does what a plain model does, also when it is opened again', async () => {
  const property = fc.asyncProperty(fc.array(history, { minLength: 1, maxLength: 3 }), async (lives) => {
    const directory = temporaryDirectory();
    const model = new Model();
    for (const bursts of lives) {
      await using store = await openSqliteStore({ directory, namespaces });
      expectSame(store, model);
      await play(store, model, bursts);
    }
  });
  await expect(fc.assert(property, { numRuns: 40 })).resolves.toBeUndefined();
});
