import { mkdtempDisposableSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CharterbusError, ManualClock } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ActivatedBundle, ActivationRecord } from '../../src/index.js';

const scratch = () => mkdtempDisposableSync(join(tmpdir(), 'charterbus-record-'));
const hashOf = (seed: number): string => seed.toString(16).padStart(64, '0');
const one = (revision: number, hash = hashOf(revision), name = 'shop'): ActivatedBundle => ({ name, revision, hash });
const by = { operator: 'ann', reason: 'refunds were denied' };
const stale = { code: 'BUNDLE_STALE' };
const isCorrupt = (error: unknown): boolean =>
  CharterbusError.isInstance(error) &&
  error.code === 'STORE_CORRUPT' &&
  error.message.includes('nothing may be put in force');

describe('the record of activations', () => {
  it('keeps the highest revision of each name, over a restart', async () => {
    using directory = scratch();
    const path = join(directory.path, 'activations.json');
    const record = await ActivationRecord.open(path);
    expect(record.readHighest('shop')).toBeUndefined();
    await record.recordActivated(one(3));
    await record.recordActivated(one(7));
    await record.recordActivated(one(1, hashOf(1), 'bank'));
    const again = await ActivationRecord.open(path);
    expect(again.readHighest('shop')).toEqual(one(7));
    expect(again.readActivated('bank')).toEqual(one(1, hashOf(1), 'bank'));
    expect(again.readHighest('__proto__')).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory.path)).toEqual(['activations.json']);
  });

  it('refuses an older revision, and another content of the same', async () => {
    using directory = scratch();
    const record = await ActivationRecord.open(join(directory.path, 'record'));
    await record.recordActivated(one(7));
    await expect(record.recordActivated(one(6))).rejects.toMatchObject(stale);
    await expect(record.recordActivated(one(7, hashOf(8)))).rejects.toMatchObject(stale);
    await record.recordActivated(one(7));
    expect(record.readActivated('shop')).toEqual(one(7));
  });

  it('goes back for an operator alone, and stays there until something newer than all comes', async () => {
    using directory = scratch();
    const path = join(directory.path, 'record');
    const clock = new ManualClock(Date.UTC(2026, 0, 1));
    const record = await ActivationRecord.open(path, { clock });
    await record.recordActivated(one(6));
    await record.recordActivated(one(7));
    await record.recordRollback(one(6), by);
    const again = await ActivationRecord.open(path);
    expect(again.readRollbacks('shop')).toEqual([
      {
        from: { revision: 7, hash: hashOf(7) },
        to: { revision: 6, hash: hashOf(6) },
        operator: 'ann',
        reason: 'refunds were denied',
        at: '2026-01-01T00:00:00.000Z',
      },
    ]);
    // As after a restart, when the source still has revision 7.
    await again.recordActivated(one(6));
    await expect(again.recordActivated(one(7))).rejects.toMatchObject(stale);
    await expect(again.recordActivated(one(5))).rejects.toMatchObject(stale);
    expect(again.readHighest('shop')).toEqual(one(7));
    await again.recordRollback(one(7), { operator: 'ann', reason: 'it was not that' });
    await again.recordActivated(one(7));
    await again.recordActivated(one(8));
    await expect(again.recordActivated(one(6))).rejects.toMatchObject(stale);
  });

  it.each([
    { operator: '', reason: 'x' },
    { operator: 'ann', reason: ' ' },
  ])('goes nowhere for %j', async (nobody) => {
    using directory = scratch();
    const record = await ActivationRecord.open(join(directory.path, 'record'));
    expect(() => record.recordRollback(one(1), nobody)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });

  it('never puts in force again what was revoked, not even for an operator', async () => {
    using directory = scratch();
    const path = join(directory.path, 'record');
    const record = await ActivationRecord.open(path);
    await record.recordActivated(one(7));
    expect(await record.recordRevoked('shop', [hashOf(7), hashOf(9), hashOf(9)])).toEqual([hashOf(7), hashOf(9)]);
    expect(await record.recordRevoked('shop', [hashOf(7)])).toEqual([]);
    const again = await ActivationRecord.open(path);
    expect(again.isRevoked('shop', hashOf(9))).toBe(true);
    expect(again.isRevoked('bank', hashOf(9))).toBe(false);
    await expect(again.recordActivated(one(7))).rejects.toMatchObject({ code: 'BUNDLE_REVOKED' });
    await expect(again.recordActivated(one(9))).rejects.toMatchObject({ code: 'BUNDLE_REVOKED' });
    await expect(again.recordRollback(one(7), by)).rejects.toMatchObject({ code: 'BUNDLE_REVOKED' });
    await again.recordActivated(one(8));
  });

  it('refuses more revocations than anybody needs', async () => {
    using directory = scratch();
    const record = await ActivationRecord.open(join(directory.path, 'record'));
    const many = Array.from({ length: 10_001 }, (_, index) => hashOf(index));
    await expect(record.recordRevoked('shop', many)).rejects.toMatchObject({ code: 'STORE_WRITE_REFUSED' });
    await record.recordRevoked('shop', many.slice(1));
    expect(record.isRevoked('shop', hashOf(10_000))).toBe(true);
  });

  it('writes one after the other what is recorded at once', async () => {
    using directory = scratch();
    const path = join(directory.path, 'record');
    const record = await ActivationRecord.open(path);
    const revisions = [1, 2, 3, 4, 5, 6, 7, 8];
    await Promise.all([
      ...revisions.map((revision) => record.recordActivated(one(revision))),
      ...revisions.map((revision) => record.recordRevoked('shop', [hashOf(100 + revision)])),
    ]);
    const again = await ActivationRecord.open(path);
    expect(again.readHighest('shop')).toEqual(one(8));
    expect(revisions.every((revision) => again.isRevoked('shop', hashOf(100 + revision)))).toBe(true);
  });

  it('is refused where it is damaged, at any byte', async () => {
    using directory = scratch();
    const path = join(directory.path, 'record');
    const record = await ActivationRecord.open(path);
    await record.recordActivated(one(7));
    await record.recordRollback(one(6), by);
    await record.recordRevoked('shop', [hashOf(3)]);
    const whole = readFileSync(path);
    const damages = fc.record({
      at: fc.nat(whole.length - 1),
      bit: fc.integer({ min: 1, max: 255 }),
      cut: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(damages, async ({ at, bit, cut }) => {
        const changed = cut ? whole.subarray(0, at) : Buffer.from(whole.with(at, (whole[at] ?? 0) ^ bit));
        writeFileSync(path, changed);
        const opened = await ActivationRecord.open(path).catch((error: unknown) => error);
        // A space more or less is no damage.
        expect(opened instanceof ActivationRecord ? opened.readHighest('shop') : opened).toSatisfy(
          (outcome) => isDeepStrictEqual(outcome, one(7)) || isCorrupt(outcome),
        );
      }),
      { seed: 5, numRuns: 300, examples: [[{ at: 0, bit: 1, cut: true }]] },
    );
  });

  it('did not happen where it cannot be written', async () => {
    using directory = scratch();
    const path = join(directory.path, 'gone', 'record');
    const record = await ActivationRecord.open(path);
    await expect(record.recordActivated(one(7))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(record.readHighest('shop')).toBeUndefined();
  });

  it('is refused where something else is in its place', async () => {
    using directory = scratch();
    await expect(ActivationRecord.open(directory.path)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
