import assert from 'node:assert/strict';
import { CharterbusError } from '@charterbus/core-models';
import type { Namespace, Row, SqlValue, Write } from '../namespace.js';
import type { Store } from '../store.js';
import type { CommitLimits } from '../writer/commit-limits.js';
import { otherNamespace, rowsNamespace } from './conformance-namespaces.js';
import type { ConformanceRunner, StoreCapabilities, StoreFactory } from './conformance-runner.js';

interface Suite {
  readonly it: (name: string, body: (store: Store) => Promise<void>, limits?: CommitLimits) => void;
}

const namespaces: readonly Namespace[] = [rowsNamespace, otherNamespace];

const write = (statement: keyof typeof rowsNamespace.writes, ...values: readonly SqlValue[]): Write => ({
  namespace: 'rows',
  statement,
  values,
});
const note = (item: number, text: string): Write => ({ namespace: 'other', statement: 'note', values: [item, text] });

const names = (store: Store): readonly SqlValue[] => store.read('rows', 'all', []).map((row) => row['name'] ?? null);
const ids = (store: Store): readonly SqlValue[] => store.read('rows', 'all', []).map((row) => row['id'] ?? null);
const plain = (rows: Iterable<Row>): readonly Row[] => Array.from(rows, (row) => ({ ...row }));

const codeOf = (thrown: unknown): string => (CharterbusError.isInstance(thrown) ? thrown.code : String(thrown));
const outcomes = async (commits: readonly Promise<unknown>[]): Promise<readonly string[]> =>
  (await Promise.allSettled(commits)).map((one) => (one.status === 'fulfilled' ? 'kept' : codeOf(one.reason)));

const refused = 'STORE_WRITE_REFUSED';

const committing = ({ it }: Suite): void => {
  it('answers each write with its changes and the rowid it added', async (store) => {
    const results = await store.commit([write('add', 'a'), write('add', 'b'), write('rename', 'c', 'b')]);
    assert.deepEqual(results, [
      { changes: 1, lastInsertRowid: 1 },
      { changes: 1, lastInsertRowid: 2 },
      { changes: 1, lastInsertRowid: 0 },
    ]);
    assert.deepEqual(names(store), ['a', 'c']);
  });
  it('gives no rowid where none was added', async (store) => {
    await store.commit([write('add', 'a')]);
    const results = await store.commit([write('addOrIgnore', 'a'), write('mark', 'm'), write('remove', 'z')]);
    assert.deepEqual(results, [
      { changes: 0, lastInsertRowid: 0 },
      { changes: 1, lastInsertRowid: 0 },
      { changes: 0, lastInsertRowid: 0 },
    ]);
  });
  it('commits in the order of the calls', async (store) => {
    const order: number[] = [];
    const commits = Array.from({ length: 50 }, async (_, place) => {
      await store.commit([write('add', `n${place}`)]);
      order.push(place);
    });
    await Promise.all(commits);
    const expected = Array.from({ length: 50 }, (_, place) => place);
    assert.deepEqual(order, expected);
    assert.deepEqual(
      names(store),
      expected.map((place) => `n${place}`),
    );
  });
  it('lets units that wait together share a commit', async (store) => {
    await Promise.all(Array.from({ length: 100 }, (_, place) => store.commit([write('add', `n${place}`)])));
    const { units, writes, commits, largestBatch } = store.counts;
    assert.deepEqual(
      { units, writes, commits, largestBatch },
      { units: 100, writes: 100, commits: 1, largestBatch: 100 },
    );
  });
  it('keeps the writes of several packages in one unit', async (store) => {
    await store.commit([write('add', 'a'), note(1, 'first')]);
    assert.deepEqual(plain(store.read('other', 'joined', [])), [{ name: 'a', note: 'first' }]);
    assert.deepEqual(await outcomes([store.commit([write('add', 'b'), note(1, 'again')])]), [refused]);
    assert.deepEqual(names(store), ['a']);
  });
  it('resolves an empty unit after all before it', async (store) => {
    void store.commit([write('add', 'a')]);
    assert.deepEqual(await store.commit([]), []);
    assert.deepEqual(names(store), ['a']);
  });
};

const refusing = ({ it }: Suite): void => {
  for (const [rule, culprit] of [
    ['a unique name', [write('add', 'new'), write('add', 'taken')]],
    ['a rule that ends the transaction', [write('add', 'new'), write('addOrRollBack', 'taken')]],
    ['a rule that is checked at the commit', [write('add', 'new'), write('addChild', 99)]],
  ] as const) {
    it(`refuses a unit that breaks ${rule}, whole, and takes no neighbour with it`, async (store) => {
      await store.commit([write('add', 'taken')]);
      const units = [[write('add', 'a')], culprit, [write('add', 'b')], culprit, [write('add', 'c')]];
      const commits = units.map((unit) => store.commit(unit));
      assert.deepEqual(await outcomes(commits), ['kept', refused, 'kept', refused, 'kept']);
      assert.deepEqual(names(store), ['taken', 'a', 'b', 'c']);
      assert.deepEqual(ids(store), [1, 2, 3, 4], 'rolled back rows leave a hole');
      assert.equal(store.counts.refusedUnits, 2);
    });
  }
  it('refuses what is not well formed at the call', async (store) => {
    const odd: readonly unknown[] = [Number.NaN, undefined, true, {}, [], 2n ** 63n, '\ud800', Symbol('s'), () => 0];
    const units = [
      ...odd.map((value) => [write('add', value as SqlValue)]),
      [write('add')],
      [write('add', 'a', 'b')],
      [{ namespace: 'rows', statement: 'drop', values: [] }],
      [{ namespace: 'none', statement: 'add', values: [] }],
      [write('add', 'a'), write('keep')],
    ];
    const results = await outcomes(units.map((unit) => store.commit(unit)));
    assert.deepEqual(new Set(results), new Set([refused]));
    assert.equal(store.counts.commits, 0);
    assert.deepEqual(names(store), []);
  });
  it('keeps the cause of a refusal, without the values', async (store) => {
    await store.commit([write('add', 'secret')]);
    const error = await store.commit([write('add', 'secret')]).catch((thrown: unknown) => thrown);
    assert.ok(CharterbusError.isInstance(error));
    assert.ok(error.cause instanceof Error);
    assert.doesNotMatch(`${error.message} ${error.cause.message} ${JSON.stringify(error)}`, /secret/);
  });
};

const bounds = ({ it }: Suite): void => {
  it(
    'turns away units when too many wait, and takes them again later',
    async (store) => {
      const names2 = ['a', 'b', 'c'].map((name) => store.commit([write('add', name)]));
      assert.deepEqual(await outcomes(names2), ['kept', 'kept', 'STORE_UNAVAILABLE']);
      assert.deepEqual(await outcomes([store.commit([write('add', 'c')])]), ['kept']);
      assert.equal(store.counts.overflowedUnits, 1);
      assert.equal(store.counts.waitingUnits, 0);
    },
    { waitingUnits: 2 },
  );
  it(
    'splits what waits into commits of bounded size, in order',
    async (store) => {
      const units = [2, 2, 5, 1].map((size, place) =>
        Array.from({ length: size }, (_, index) => write('add', `${place}.${index}`)),
      );
      await Promise.all(units.map((unit) => store.commit(unit)));
      assert.equal(store.counts.commits, 3);
      assert.deepEqual(names(store), ['0.0', '0.1', '1.0', '1.1', '2.0', '2.1', '2.2', '2.3', '2.4', '3.0']);
    },
    { batchWrites: 4 },
  );
  it(
    'bounds the bytes of what shares a commit and of what waits',
    async (store) => {
      const units = ['a', 'b', 'c'].map((name) => store.commit([write('keep', name.repeat(100))]));
      assert.deepEqual(await outcomes(units), ['kept', 'kept', 'STORE_UNAVAILABLE']);
      assert.equal(store.counts.commits, 2);
    },
    { batchBytes: 150, waitingBytes: 200 },
  );
};

const reading = ({ it }: Suite): void => {
  it('gives back what was stored', async (store) => {
    const values: readonly SqlValue[] = [
      '',
      'ä€😀',
      'a\0b',
      0,
      -1,
      0.1,
      2 ** 53 - 1,
      1e300,
      null,
      Uint8Array.of(0, 255),
    ];
    await store.commit(values.map((value) => write('keep', value)));
    const read = store.read('rows', 'values', []).map((row) => row['value']);
    assert.deepEqual(read, values);
    await store.commit([write('keep', 12n)]);
    assert.equal(store.read('rows', 'values', []).at(-1)?.['value'], 12);
  });
  it('copies values at the call', async (store) => {
    const bytes = Buffer.from('before');
    const unit = [write('keep', bytes)];
    const committed = store.commit(unit);
    bytes.fill(0);
    unit.length = 0;
    await committed;
    assert.deepEqual(store.read('rows', 'values', [])[0]?.['value'], new Uint8Array(Buffer.from('before')));
  });
  it('shows nothing before the commit', async (store) => {
    const committed = store.commit([write('add', 'a')]);
    assert.deepEqual(names(store), []);
    await committed;
    assert.deepEqual(names(store), ['a']);
  });
  it('walks a snapshot, several at a time', async (store) => {
    await store.commit([write('add', 'a'), write('add', 'b')]);
    const first = store.iterate('rows', 'all', []);
    const second = store.iterate('rows', 'all', []);
    assert.equal(first.next().value?.['name'], 'a');
    assert.equal(second.next().value?.['name'], 'a');
    await store.commit([write('add', 'c')]);
    assert.deepEqual(plain(first), [{ id: 2, name: 'b' }]);
    assert.deepEqual(plain(second), [{ id: 2, name: 'b' }]);
    assert.equal([...store.iterate('rows', 'all', [])].length, 3);
  });
  it('refuses a read that it does not know, or that cannot be bound', async (store) => {
    const attempts = [
      () => store.read('rows', 'add', []),
      () => store.read('rows', 'byName', ['a', 'b']),
      () => store.read('rows', 'byName', [{} as SqlValue]),
      () => [...store.iterate('none', 'all', [])],
      () => [...store.iterate('rows', 'byName', ['a', 'b'])],
    ];
    for (const attempt of attempts) assert.throws(attempt, (error) => CharterbusError.isInstance(error));
  });
};

const closing = ({ it }: Suite): void => {
  it('commits what waits and is closed once', async (store) => {
    const committed = store.commit([write('add', 'a')]);
    const [first, second] = [store.close(), store.close()];
    assert.equal((await committed).length, 1);
    await Promise.all([first, second, store[Symbol.asyncDispose]()]);
    assert.deepEqual(await outcomes([store.commit([write('add', 'b')])]), ['STORE_UNAVAILABLE']);
    assert.throws(
      () => store.read('rows', 'all', []),
      (error) => codeOf(error) === 'STORE_UNAVAILABLE',
    );
  });
};

const namespacesOf = ({ describe, it }: ConformanceRunner, factory: StoreFactory): void => {
  const sound: Namespace = { name: 'sound', migrations: ['CREATE TABLE sound_t (a) '], writes: {}, reads: {} };
  const unsound: readonly (readonly [string, readonly Namespace[]])[] = [
    ['has a name that is none', [{ ...sound, name: 'No-name' }]],
    ['has the name of another one', [sound, sound]],
    ['has a name that begins as another one', [sound, { ...sound, name: 'sound_too' }]],
    ['has the name of the store', [{ ...sound, name: 'store' }]],
    ['makes a table without its prefix', [{ ...sound, migrations: ['CREATE TABLE t (a)'] }]],
    ['ends the transaction of its migration', [{ ...sound, migrations: ['CREATE TABLE sound_t (a); COMMIT'] }]],
    ['has a migration that fails', [{ ...sound, migrations: ['CREATE TABLE'] }]],
    ['has a statement that does not compile', [{ ...sound, writes: { bad: 'INSERT INTO sound_x VALUES (1)' } }]],
    ['writes a table of the store', [{ ...sound, writes: { bad: 'DELETE FROM store_versions' } }]],
    ['writes where it should read', [{ ...sound, reads: { bad: 'DELETE FROM sound_t RETURNING a' } }]],
    ['controls transactions', [{ ...sound, writes: { bad: 'COMMIT' } }]],
    ['changes settings', [{ ...sound, writes: { bad: 'PRAGMA synchronous = OFF' } }]],
  ];
  describe('refuses a namespace that', () => {
    for (const [why, list] of unsound) {
      it(why, async () => {
        await assert.rejects(factory({ namespaces: list }), (error) => codeOf(error) === 'CONFIGURATION_INVALID');
      });
    }
  });
};

/** What every `Store` does alike. */
export const storeConformance = (
  runner: ConformanceRunner,
  factory: StoreFactory,
  capabilities: StoreCapabilities,
): void => {
  const suite: Suite = {
    it: (name, body, limits) =>
      runner.it(name, async () => {
        await using store = await factory({ namespaces, ...(limits === undefined ? {} : { limits }) });
        await body(store);
      }),
  };
  runner.describe('a store', () => {
    suite.it('says what a committed unit survives', async (store) => {
      assert.equal(store.durability, capabilities.durability);
    });
    suite.it('says that it can be written, and costs nothing to be asked, while commits are kept', async (store) => {
      await store.checkWritable();
      assert.equal(store.counts.commits, 0);
      await store.close();
      await assert.rejects(store.checkWritable(), (error) => codeOf(error) === 'STORE_UNAVAILABLE');
    });
    committing(suite);
    refusing(suite);
    bounds(suite);
    reading(suite);
    closing(suite);
    namespacesOf(runner, factory);
  });
};
