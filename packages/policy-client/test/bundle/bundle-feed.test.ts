import { existsSync, mkdirSync, mkdtempDisposableSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConstitutionalError, ManualClock, seededRandom } from '@charterbus/core-models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ActivationRecord,
  type BundleEvent,
  BundleFeed,
  type BundleSource,
  bundleOfFiles,
  KeptBundles,
  readBundle,
  type VerifiedBundle,
} from '../../src/index.js';
import { Publisher, smallConstitution } from '../support/bundles.js';
import { ScriptedSource } from '../support/scripted-source.js';

const publisher = new Publisher();
const { trust } = publisher;

let directory: ReturnType<typeof mkdtempDisposableSync>;
beforeEach(() => {
  directory = mkdtempDisposableSync(join(tmpdir(), 'charterbus-feed-'));
});
afterEach(() => {
  directory.remove();
});

const bundleOf = async (
  revision: number,
  stated: Parameters<Publisher['publish']>[1] = { status: 'published' },
  by = publisher,
) => by.publish(smallConstitution(revision), stated);

/** Everything that a bus on one machine would have, over its restarts. */
class Machine {
  readonly primary = new ScriptedSource('primary', trust);
  readonly fallback = new ScriptedSource('fallback', trust);
  readonly clock = new ManualClock();
  readonly patience = new AbortController();
  record!: ActivationRecord;
  feed!: BundleFeed;
  #events!: AsyncGenerator<BundleEvent, void, undefined>;

  static async start(kept = true): Promise<Machine> {
    const machine = new Machine();
    machine.record = await ActivationRecord.open(join(directory.path, 'record'));
    machine.feed = new BundleFeed({
      constitution: 'small',
      primary: machine.primary,
      fallbacks: [machine.fallback],
      record: machine.record,
      timers: machine.clock,
      random: seededRandom(1),
      ...(kept ? { kept: new KeptBundles({ directory: directory.path, trust }) } : {}),
    });
    machine.#events = machine.feed.events(machine.patience.signal);
    return machine;
  }

  /** The next event, in short. */
  async next(): Promise<string> {
    const { value } = await this.#events.next();
    if (value === undefined) return 'end';
    if (value.kind === 'bundle') return `${value.from}: ${value.bundle.revision} ${value.bundle.status}`;
    if (value.kind === 'revoked') return `revoked by ${value.source}: ${value.hash.slice(0, 6)}`;
    return `${value.source} refused: ${value.error.code}`;
  }

  /** As `next`; the bundle that it tells is rejected. */
  async nextRejecting(error: ConstitutionalError): Promise<string> {
    const { value } = await this.#events.next();
    if (value?.kind !== 'bundle') return 'no bundle';
    this.feed.reject(value.bundle, error);
    return `${value.from}: ${value.bundle.revision} ${value.bundle.status}`;
  }

  async activate(bytes: Uint8Array): Promise<VerifiedBundle> {
    const bundle = await readBundle(bytes, { trust });
    await this.record.recordActivated(bundle);
    await this.feed.keepAsGood(bundle);
    return bundle;
  }
}

const place = (kind: string): string => join(directory.path, `small.${kind}.tar.gz`);

describe('the order of sources', () => {
  it('is the primary first where nothing is kept', async () => {
    const machine = await Machine.start();
    machine.primary.give(await bundleOf(2));
    machine.fallback.give(await bundleOf(9));
    expect(await machine.next()).toBe('cache refused: BUNDLE_UNAVAILABLE');
    expect(await machine.next()).toBe('primary: 2 published');
    expect(existsSync(place('cache'))).toBe(true);
  });

  it('is what is kept first, and then whatever the primary has that is new', async () => {
    writeFileSync(place('cache'), await bundleOf(2));
    const machine = await Machine.start();
    machine.primary.give(await bundleOf(3));
    expect(await machine.next()).toBe('cache: 2 published');
    expect(await machine.next()).toBe('primary: 3 published');
    machine.primary.give(await bundleOf(4, { status: 'deprecated' }));
    expect(await machine.next()).toBe('primary: 4 deprecated');
  });

  it('is the fallbacks and then the last known good while those before have nothing', async () => {
    writeFileSync(place('last-known-good'), await bundleOf(1));
    const first = await Machine.start();
    first.fallback.give(await bundleOf(2));
    expect(await first.next()).toBe('cache refused: BUNDLE_UNAVAILABLE');
    expect(await first.next()).toBe('primary refused: BUNDLE_UNAVAILABLE');
    expect(await first.next()).toBe('fallback: 2 published');
    rmSync(place('cache'));
    const second = await Machine.start();
    for (let refused = 0; refused < 3; refused += 1)
      expect(await second.next()).toContain('refused: BUNDLE_UNAVAILABLE');
    expect(await second.next()).toBe('last-known-good: 1 published');
  });

  it('ends with nothing at all, and goes on asking', async () => {
    const machine = await Machine.start(false);
    expect(await machine.next()).toBe('primary refused: BUNDLE_UNAVAILABLE');
    expect(await machine.next()).toBe('fallback refused: BUNDLE_UNAVAILABLE');
    expect(await machine.next()).toBe('all refused: BUNDLE_UNAVAILABLE');
    expect(await machine.next()).toBe('primary refused: BUNDLE_UNAVAILABLE');
    machine.primary.give(await bundleOf(5));
    expect(await machine.next()).toBe('fallback refused: BUNDLE_UNAVAILABLE');
    const event = machine.next();
    await machine.primary.untilIdle();
    machine.clock.advance(1_000);
    expect(await event).toBe('primary: 5 published');
  });
});

describe('a bundle is taken only on its own merits', () => {
  it('a bad signature is refused although a last known good is there, which is taken for itself', async () => {
    writeFileSync(place('last-known-good'), await bundleOf(1));
    const stranger = new Publisher();
    const machine = await Machine.start();
    machine.primary.give(await bundleOf(7, { status: 'published' }, stranger));
    machine.fallback.give(await bundleOf(8, { status: 'published' }, stranger));
    expect(await machine.next()).toBe('cache refused: BUNDLE_UNAVAILABLE');
    expect(await machine.next()).toBe('primary refused: BUNDLE_SIGNATURE_INVALID');
    expect(await machine.next()).toBe('fallback refused: BUNDLE_SIGNATURE_INVALID');
    expect(await machine.next()).toBe('last-known-good: 1 published');
  });

  it('what is kept on disk is verified whenever it is read', async () => {
    for (const kind of ['cache', 'last-known-good']) {
      const bytes = Buffer.from(await bundleOf(3));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 255;
      writeFileSync(
        place(kind),
        kind === 'cache' ? bytes : await bundleOf(3, { status: 'published' }, new Publisher()),
      );
    }
    const machine = await Machine.start();
    expect(await machine.next()).toMatch(/^cache refused: BUNDLE_/);
    await machine.next();
    await machine.next();
    expect(await machine.next()).toBe('last-known-good refused: BUNDLE_SIGNATURE_INVALID');
    expect(await machine.next()).toBe('all refused: BUNDLE_UNAVAILABLE');
  });

  it.each(['draft', 'pending_review', 'approved'] as const)('one that is %s is refused', async (status) => {
    const machine = await Machine.start(false);
    machine.primary.give(await bundleOf(2, { status }));
    machine.fallback.give(await bundleOf(1));
    expect(await machine.next()).toBe('primary refused: BUNDLE_NOT_PUBLISHED');
    expect(await machine.next()).toBe('fallback: 1 published');
  });

  it('one of another constitution is refused, whoever signed it', async () => {
    const machine = await Machine.start(false);
    machine.primary.give(await publisher.publish(smallConstitution(9, 'other')));
    expect(await machine.next()).toBe('primary refused: BUNDLE_INVALID');
  });

  it('one that is older than what was in force is refused from every source', async () => {
    const machine = await Machine.start();
    await machine.activate(await bundleOf(5));
    for (const kind of ['cache', 'last-known-good']) writeFileSync(place(kind), await bundleOf(4));
    machine.primary.give(await bundleOf(4));
    machine.fallback.give(await bundleOf(3));
    for (const source of ['cache', 'primary', 'fallback', 'last-known-good'])
      expect(await machine.next()).toBe(`${source} refused: BUNDLE_STALE`);
    expect(await machine.next()).toBe('all refused: BUNDLE_UNAVAILABLE');
  });

  it('after a rollback the one rolled back to is found again, and not the newer one', async () => {
    const before = await Machine.start();
    const old = await before.activate(await bundleOf(4));
    await before.activate(await bundleOf(5));
    await before.record.recordRollback(old, { operator: 'ann', reason: 'refunds were denied' });
    await before.feed.keepAsGood(old);
    writeFileSync(place('cache'), await bundleOf(5));
    const after = await Machine.start();
    after.primary.give(await bundleOf(5));
    expect(await after.next()).toBe('cache refused: BUNDLE_STALE');
    expect(await after.next()).toBe('primary refused: BUNDLE_STALE');
    expect(await after.next()).toBe('fallback refused: BUNDLE_UNAVAILABLE');
    expect(await after.next()).toBe('last-known-good: 4 published');
    after.primary.give(await bundleOf(6));
    expect(await after.next()).toBe('primary: 6 published');
  });

  it('one that cannot be kept is taken all the same', async () => {
    const machine = await Machine.start();
    mkdirSync(place('cache'));
    machine.primary.give(await bundleOf(2));
    expect(await machine.next()).toBe('cache refused: BUNDLE_INVALID');
    expect(await machine.next()).toBe('cache refused: STORE_UNAVAILABLE');
    expect(await machine.next()).toBe('primary: 2 published');
  });
});

describe('a revocation', () => {
  it('takes out of force what is in force, once, and for good', async () => {
    const machine = await Machine.start();
    machine.primary.give(await bundleOf(2));
    await machine.next();
    expect(await machine.next()).toBe('primary: 2 published');
    const { hash } = await machine.activate(await bundleOf(2));
    machine.primary.give(await bundleOf(2, { status: 'revoked' }));
    expect(await machine.next()).toBe(`revoked by primary: ${hash.slice(0, 6)}`);
    expect(machine.record.isRevoked('small', hash)).toBe(true);
    expect(await machine.next()).toBe('primary refused: BUNDLE_REVOKED');
    // The signature of the published one still verifies; whoever sends it again gains nothing.
    const after = await Machine.start();
    after.primary.give(await bundleOf(2));
    for (const source of ['cache', 'primary']) expect(await after.next()).toBe(`${source} refused: BUNDLE_REVOKED`);
    expect(await after.next()).toBe('fallback refused: BUNDLE_UNAVAILABLE');
    expect(await after.next()).toBe('last-known-good refused: BUNDLE_REVOKED');
    expect(await after.next()).toBe('all refused: BUNDLE_UNAVAILABLE');
    after.primary.give(await bundleOf(3));
    expect(await after.next()).toBe('primary: 3 published');
  });

  it('may be stated by a newer bundle, for several at once', async () => {
    const machine = await Machine.start(false);
    const hashes = await Promise.all(
      [1, 2].map(async (revision) => (await readBundle(await bundleOf(revision), { trust })).hash),
    );
    machine.primary.give(await bundleOf(3, { status: 'published', revokes: hashes }));
    for (const hash of hashes) expect(await machine.next()).toBe(`revoked by primary: ${hash.slice(0, 6)}`);
    expect(await machine.next()).toBe('primary: 3 published');
    await expect(machine.record.recordActivated(await readBundle(await bundleOf(2), { trust }))).rejects.toMatchObject({
      code: 'BUNDLE_REVOKED',
    });
  });

  it('that cannot be recorded is told all the same, and recorded as soon as it can be', async () => {
    const machine = await Machine.start(false);
    machine.primary.give(await bundleOf(2));
    expect(await machine.next()).toBe('primary: 2 published');
    const { hash } = await readBundle(await bundleOf(2), { trust });
    rmSync(directory.path, { recursive: true });
    machine.primary.give(await bundleOf(2, { status: 'revoked' }));
    expect(await machine.next()).toBe(`revoked by primary: ${hash.slice(0, 6)}`);
    expect(await machine.next()).toBe('primary refused: STORE_UNAVAILABLE');
    expect(await machine.next()).toBe('fallback refused: BUNDLE_UNAVAILABLE');
    // Not even from a source that still has it as published.
    machine.fallback.give(await bundleOf(2));
    mkdirSync(directory.path);
    const event = machine.next();
    await machine.primary.untilIdle();
    machine.clock.advance(1_000);
    expect(await event).toBe('primary refused: BUNDLE_REVOKED');
    expect(machine.record.isRevoked('small', hash)).toBe(true);
    expect(await machine.next()).toBe('fallback refused: BUNDLE_REVOKED');
  });

  it('of a stranger takes nothing out of force', async () => {
    const machine = await Machine.start(false);
    machine.primary.give(await bundleOf(2));
    await machine.next();
    machine.primary.give(await bundleOf(2, { status: 'revoked' }, new Publisher()));
    expect(await machine.next()).toBe('primary refused: BUNDLE_SIGNATURE_INVALID');
    machine.patience.abort();
    expect(machine.record.isRevoked('small', (await readBundle(await bundleOf(2), { trust })).hash)).toBe(false);
  });
});

describe('a primary that fails', () => {
  it('is asked again after a while, and at once after it gave something', async () => {
    const machine = await Machine.start(false);
    machine.primary.give(await bundleOf(1));
    expect(await machine.next()).toBe('primary: 1 published');
    machine.primary.fail();
    expect(await machine.next()).toBe('primary refused: BUNDLE_UNAVAILABLE');
    expect(await machine.next()).toBe('fallback refused: BUNDLE_UNAVAILABLE');
    const { asked } = machine.primary;
    const event = machine.next();
    await machine.primary.untilIdle();
    machine.clock.advance(499);
    await machine.primary.untilIdle();
    expect(machine.primary.asked).toBe(asked);
    machine.primary.give(await bundleOf(2));
    machine.clock.advance(501);
    expect(await event).toBe('primary: 2 published');
  });

  it('leaves what was offered as it is', async () => {
    const machine = await Machine.start(false);
    machine.primary.give(await bundleOf(4));
    machine.fallback.give(await bundleOf(4));
    expect(await machine.next()).toBe('primary: 4 published');
    machine.primary.fail();
    expect(await machine.next()).toBe('primary refused: BUNDLE_UNAVAILABLE');
    const event = machine.next();
    await machine.primary.untilIdle();
    machine.patience.abort();
    expect(await event).toBe('end');
  });

  it('is not hidden where it is a fault of the source itself', async () => {
    const broken: BundleSource = { name: 'broken', next: () => Promise.reject(new TypeError('a bug')) };
    const record = await ActivationRecord.open(join(directory.path, 'record'));
    const feed = new BundleFeed({ constitution: 'small', primary: broken, record });
    await expect(feed.events(new AbortController().signal).next()).rejects.toThrow('a bug');
  });
});

it('what is not signed is not kept, since it could not be verified again', async () => {
  const machine = await Machine.start();
  await machine.feed.keepAsGood(await bundleOfFiles(smallConstitution(), { trust: 'unsigned' }));
  expect(existsSync(place('last-known-good'))).toBe(false);
});

it('what is kept is the bytes that came', async () => {
  const machine = await Machine.start();
  const bytes = await bundleOf(2);
  await machine.activate(bytes);
  expect(readFileSync(place('last-known-good')).equals(bytes)).toBe(true);
});

describe('a bundle that cannot come into force', () => {
  const rejected = (code: 'CONSTITUTION_TESTS_FAILED' | 'CONSTITUTION_LIMIT_REACHED') =>
    new ConstitutionalError(code, 'It cannot.');

  it('is told as refused, the next source is asked, and it is not offered again', async () => {
    const bad = await bundleOf(3);
    writeFileSync(place('cache'), bad);
    const machine = await Machine.start();
    machine.primary.give(bad);
    machine.fallback.give(await bundleOf(2));
    expect(await machine.nextRejecting(rejected('CONSTITUTION_TESTS_FAILED'))).toBe('cache: 3 published');
    expect(await machine.next()).toBe('cache refused: CONSTITUTION_TESTS_FAILED');
    expect(await machine.next()).toBe('primary refused: CONSTITUTION_TESTS_FAILED');
    expect(await machine.next()).toBe('fallback: 2 published');
  });

  it('is refused without being tried again, from whatever source, and what was offered before stays', async () => {
    const machine = await Machine.start();
    machine.primary.give(await bundleOf(1));
    await machine.next();
    expect(await machine.next()).toBe('primary: 1 published');
    const bad = await bundleOf(2);
    machine.primary.give(bad);
    expect(await machine.nextRejecting(rejected('CONSTITUTION_TESTS_FAILED'))).toBe('primary: 2 published');
    machine.fallback.give(bad);
    expect(await machine.next()).toBe('primary refused: CONSTITUTION_TESTS_FAILED');
    expect(await machine.next()).toBe('fallback refused: CONSTITUTION_TESTS_FAILED');
  });

  it('is offered again where the reason may pass', async () => {
    const machine = await Machine.start();
    machine.primary.give(await bundleOf(1));
    await machine.next();
    expect(await machine.nextRejecting(rejected('CONSTITUTION_LIMIT_REACHED'))).toBe('primary: 1 published');
    expect(await machine.next()).toBe('primary refused: CONSTITUTION_LIMIT_REACHED');
    machine.fallback.give(await bundleOf(1));
    expect(await machine.next()).toBe('fallback: 1 published');
  });
});
