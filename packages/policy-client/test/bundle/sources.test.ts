import { mkdirSync, mkdtempDisposableSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ConstitutionFile } from '@charterbus/core-models';
import { BundleService } from '@charterbus/tooling/testing';
import { describe, expect, it } from 'vitest';
import {
  bundleLimits,
  directorySource,
  fileSource,
  type HttpSourceOptions,
  httpSource,
  readBundle,
  signedFiles,
} from '../../src/index.js';
import { Publisher, smallConstitution } from '../support/bundles.js';

const publisher = new Publisher();
const { trust } = publisher;
const scratch = () => mkdtempDisposableSync(join(tmpdir(), 'charterbus-source-'));
const forever = new AbortController().signal;

const writeAll = (directory: string, files: readonly ConstitutionFile[]): void => {
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
  }
};

describe('a directory', () => {
  const options = { settleMilliseconds: 20 };

  it('that is signed needs its signature, and can be kept as a file', async () => {
    using directory = scratch();
    writeAll(directory.path, await signedFiles(smallConstitution(), publisher.signer, { status: 'published' }));
    const source = directorySource({ directory: directory.path, trust, ...options });
    const bundle = await source.next(undefined, forever);
    expect(bundle).toMatchObject({ name: 'small', status: 'published', signedBy: 'release', source: 'directory' });
    const kept = await readBundle(bundle.container ?? new Uint8Array(), { trust });
    expect(kept.hash).toBe(bundle.hash);
    writeFileSync(join(directory.path, 'policies/all.cedar'), '@id("all")\nforbid (principal, action, resource);\n');
    await expect(source.next(undefined, forever)).rejects.toMatchObject({ code: 'BUNDLE_SIGNATURE_INVALID' });
  });

  it('without a signature is taken only where that is configured', async () => {
    using directory = scratch();
    writeAll(directory.path, smallConstitution());
    const strict = directorySource({ directory: directory.path, trust });
    await expect(strict.next(undefined, forever)).rejects.toMatchObject({ code: 'BUNDLE_SIGNATURE_INVALID' });
    const source = directorySource({ directory: directory.path, trust: 'unsigned', name: 'mine' });
    const bundle = await source.next(undefined, forever);
    expect(bundle).toMatchObject({ status: 'published', source: 'mine', revokes: [] });
    expect(bundle).not.toHaveProperty('signedBy');
    expect(bundle).not.toHaveProperty('container');
  });

  it('is read again when something in it changes, however deep, and once for many changes', async () => {
    using directory = scratch();
    writeAll(directory.path, smallConstitution(1));
    const source = directorySource({ directory: directory.path, trust: 'unsigned', ...options });
    const first = await source.next(undefined, forever);
    const second = source.next(first, forever);
    writeAll(directory.path, smallConstitution(2));
    expect(await second).toMatchObject({ revision: 2 });
    // What changed before it was asked is not missed.
    writeFileSync(join(directory.path, 'policies/more.md'), 'notes');
    const third = await source.next(await second, forever);
    expect(third.files.map(({ path }) => path)).toContain('policies/more.md');
  });

  it('that breaks is told once, and then when it is whole again', async () => {
    using directory = scratch();
    writeAll(directory.path, smallConstitution(1));
    const source = directorySource({ directory: directory.path, trust: 'unsigned', ...options });
    const first = await source.next(undefined, forever);
    writeFileSync(join(directory.path, 'manifest.yaml'), 'format: nonsense\n');
    await expect(source.next(first, forever)).rejects.toMatchObject({ code: 'CONSTITUTION_INVALID' });
    const mended = source.next(first, forever);
    writeAll(directory.path, smallConstitution(3));
    expect(await mended).toMatchObject({ revision: 3 });
  });

  it('that somebody is writing is read once it is written', async () => {
    using directory = scratch();
    const signed = (revision: number) =>
      signedFiles(smallConstitution(revision), publisher.signer, { status: 'published' });
    writeAll(directory.path, await signed(1));
    const source = directorySource({ directory: directory.path, trust, ...options });
    const next = source.next(await source.next(undefined, forever), forever);
    for (const one of await signed(2)) {
      writeAll(directory.path, [one]);
      // What reads it gets its turn in the middle.
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(await next).toMatchObject({ revision: 2 });
  });

  it('waits no longer than its caller', async () => {
    using directory = scratch();
    writeAll(directory.path, smallConstitution(1));
    const source = directorySource({ directory: directory.path, trust: 'unsigned', ...options });
    const first = await source.next(undefined, forever);
    const patience = new AbortController();
    const waiting = source.next(first, patience.signal);
    patience.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('that is not there is an error', async () => {
    using directory = scratch();
    writeAll(directory.path, smallConstitution(1));
    const first = await directorySource({ directory: directory.path, trust: 'unsigned' }).next(undefined, forever);
    const gone = directorySource({ directory: join(directory.path, 'gone'), trust: 'unsigned' });
    await expect(gone.next(first, forever)).rejects.toMatchObject({ code: 'CONSTITUTION_INVALID' });
    const file = fileSource({ path: join(directory.path, 'gone', 'bundle.tar.gz'), trust });
    await expect(file.next(first, forever)).rejects.toMatchObject({ code: 'BUNDLE_UNAVAILABLE' });
  });

  it('is looked at again after a while, where the file system tells nothing', async () => {
    using directory = scratch();
    writeAll(directory.path, smallConstitution(1));
    const slow = { settleMilliseconds: 3_600_000, recheckMilliseconds: 30 };
    const source = directorySource({ directory: directory.path, trust: 'unsigned', ...slow });
    const waiting = source.next(await source.next(undefined, forever), forever);
    writeAll(directory.path, smallConstitution(4));
    expect((await waiting).revision).toBe(4);
  });
});

describe('a file', () => {
  it('is read again when another takes its name', async () => {
    using directory = scratch();
    const path = join(directory.path, 'bundle.tar.gz');
    writeFileSync(path, await publisher.publish());
    const source = fileSource({ path, trust, settleMilliseconds: 20 });
    const first = await source.next(undefined, forever);
    expect(first).toMatchObject({ revision: 1, source: 'file' });
    const second = source.next(first, forever);
    writeFileSync(join(directory.path, 'new'), await publisher.publish(smallConstitution(2)));
    renameSync(join(directory.path, 'new'), path);
    expect(await second).toMatchObject({ revision: 2 });
    const third = source.next(await second, forever);
    writeFileSync(path, await publisher.publish(smallConstitution(2), { status: 'revoked' }));
    expect(await third).toMatchObject({ revision: 2, status: 'revoked' });
  });

  it('is refused where it is not there, is a link or too large', async () => {
    using directory = scratch();
    const path = join(directory.path, 'bundle.tar.gz');
    const source = fileSource({ path, trust });
    await expect(source.next(undefined, forever)).rejects.toMatchObject({ code: 'BUNDLE_UNAVAILABLE' });
    writeFileSync(join(directory.path, 'other'), await publisher.publish());
    symlinkSync('other', path);
    await expect(source.next(undefined, forever)).rejects.toMatchObject({ code: 'BUNDLE_UNAVAILABLE' });
    rmSync(path);
    writeFileSync(path, Buffer.alloc(bundleLimits.compressedBytes + 1));
    await expect(source.next(undefined, forever)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });
});

describe('a bundle service', () => {
  /** Pauses between two questions are cut short; how long an answer may take is not. */
  const timers = {
    after: (milliseconds: number, callback: () => void): Disposable => {
      const isPause = milliseconds === 1_000 || milliseconds >= 60_000;
      const timer = setTimeout(callback, isPause ? 10 : milliseconds);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };
  const sourceOf = ({ url }: BundleService, more: Partial<HttpSourceOptions> = {}) =>
    httpSource({ url, trust, timers, ...more });

  it('is asked with the tag of what is known, and held until something is new', async () => {
    await using service = await BundleService.start();
    service.publish(await publisher.publish());
    const source = sourceOf(service);
    const first = await source.next(undefined, forever);
    expect(first).toMatchObject({ revision: 1, source: 'http' });
    const second = source.next(first, forever);
    await service.asked(2);
    service.expire();
    await service.asked(3);
    service.publish(await publisher.publish(smallConstitution(2)));
    expect(await second).toMatchObject({ revision: 2 });
    expect(service.requests).toEqual([
      { prefer: 'modes=snapshot' },
      { prefer: 'modes=snapshot;wait=30', ifNoneMatch: '"1"' },
      { prefer: 'modes=snapshot;wait=30', ifNoneMatch: '"1"' },
    ]);
  });

  it('that does not hold requests is asked now and then', async () => {
    await using service = await BundleService.start({ holds: false });
    service.publish(await publisher.publish());
    const source = sourceOf(service);
    const first = await source.next(undefined, forever);
    const second = source.next(first, forever);
    await service.asked(4);
    service.publish(await publisher.publish(smallConstitution(2)));
    expect(await second).toMatchObject({ revision: 2 });
    expect(service.requests.slice(1, 4)).toEqual(
      Array.from({ length: 3 }, () => ({ prefer: 'modes=snapshot', ifNoneMatch: '"1"' })),
    );
  });

  it('gives nothing new where it sends the same under another tag', async () => {
    await using service = await BundleService.start({ holds: false });
    service.publish(await publisher.publish());
    const source = sourceOf(service);
    const first = await source.next(undefined, forever);
    service.publish(await publisher.publish());
    const second = source.next(first, forever);
    await service.asked(3);
    service.publish(await publisher.publish(smallConstitution(1), { status: 'deprecated' }));
    expect(await second).toMatchObject({ revision: 1, status: 'deprecated' });
  });

  it('gets its token from the environment', async () => {
    await using service = await BundleService.start();
    service.publish(await publisher.publish());
    const environment = { BUNDLE_TOKEN: 'secret' };
    await sourceOf(service, { tokenFrom: 'BUNDLE_TOKEN', environment }).next(undefined, forever);
    expect(service.requests).toEqual([{ prefer: 'modes=snapshot', authorization: 'Bearer secret' }]);
    expect(() => sourceOf(service, { tokenFrom: 'BUNDLE_TOKEN' })).toThrow(/BUNDLE_TOKEN is not set/);
  });

  it.each([
    ['another status', { kind: 'status', status: 500 }, 'BUNDLE_UNAVAILABLE', /status 500/],
    ['no permission', { kind: 'status', status: 401 }, 'BUNDLE_UNAVAILABLE', /status 401/],
    [
      'a redirect',
      { kind: 'status', status: 302, location: 'http://127.0.0.1:1/' },
      'BUNDLE_UNAVAILABLE',
      /redirects are not followed/,
    ],
    ['nothing new at first', { kind: 'status', status: 304 }, 'BUNDLE_UNAVAILABLE', /nothing new/],
    ['a cut answer', { kind: 'cut' }, 'BUNDLE_UNAVAILABLE', /cut its answer/],
    ['no answer', { kind: 'silent' }, 'BUNDLE_UNAVAILABLE', /in time/],
    ['half an answer', { kind: 'stalled' }, 'BUNDLE_UNAVAILABLE', /in time/],
    ['an endless answer', { kind: 'endless' }, 'BUNDLE_INVALID', /larger than/],
  ] as const)('that gives %s gives no bundle', async (_, fault, code, message) => {
    await using service = await BundleService.start();
    service.publish(await publisher.publish());
    service.fault(fault);
    const patience = fault.kind === 'silent' || fault.kind === 'stalled' ? { deadlineMilliseconds: 100 } : {};
    await expect(sourceOf(service, patience).next(undefined, forever)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as unknown,
    });
    service.fault(undefined);
    expect(await sourceOf(service).next(undefined, forever)).toMatchObject({ revision: 1 });
  });

  it('is asked again without a tag after it gave what does not verify', async () => {
    await using service = await BundleService.start();
    service.publish(await publisher.publish());
    const source = sourceOf(service);
    const first = await source.next(undefined, forever);
    service.publish(await new Publisher().publish(smallConstitution(2)));
    await expect(source.next(first, forever)).rejects.toMatchObject({ code: 'BUNDLE_SIGNATURE_INVALID' });
    service.publish(await publisher.publish(smallConstitution(2)));
    expect(await source.next(first, forever)).toMatchObject({ revision: 2 });
    expect(service.requests.at(-1)).toEqual({ prefer: 'modes=snapshot' });
  });

  it('waits no longer than its caller', async () => {
    await using service = await BundleService.start();
    service.publish(await publisher.publish());
    const source = sourceOf(service);
    const first = await source.next(undefined, forever);
    const patience = new AbortController();
    const waiting = source.next(first, patience.signal);
    await service.asked(2);
    patience.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it.each([
    [{ url: 'ftp://example.org/b' }, /https or http/],
    [{ url: 'https://ann:secret@example.org/b' }, /no credentials/],
    [{ url: 'nonsense' }, /is not one/],
    [{ waitSeconds: 300 }, /waitSeconds/],
    [{ deadlineMilliseconds: 0 }, /deadlineMilliseconds/],
    [{ pollSeconds: { least: 5, most: 1 } }, /pollSeconds\.most/],
    [{ pollSeconds: { least: 0, most: 1 } }, /pollSeconds\.least/],
  ])('is not configured with %j', (more, message) => {
    expect(() => httpSource({ url: 'https://example.org/b', trust, ...more })).toThrow(message);
  });
});
