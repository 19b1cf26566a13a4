import { mkdirSync, mkdtempDisposableSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BundleService } from '@charterbus/tooling/testing';
import { describe, it } from 'vitest';
import { directorySource, fileSource, httpSource, readContainer } from '../../src/index.js';
import { bundleSourceConformance, MemorySource } from '../../src/testing/index.js';

const runner = { describe, it };
const watching = { settleMilliseconds: 20 };
const scratch = () => mkdtempDisposableSync(join(tmpdir(), 'charterbus-conformance-'));
const nothing = (): Promise<void> => Promise.resolve();

describe('in memory', () => {
  bundleSourceConformance(runner, (trust, bytes) => {
    const source = new MemorySource(trust);
    source.give(bytes);
    const give = (next: Uint8Array): Promise<void> => {
      source.give(next);
      return nothing();
    };
    return Promise.resolve({ source, give, [Symbol.asyncDispose]: nothing });
  });
});

describe('a file', () => {
  bundleSourceConformance(runner, async (trust, bytes) => {
    const directory = scratch();
    const path = join(directory.path, 'bundle.tar.gz');
    const give = (next: Uint8Array): Promise<void> => {
      writeFileSync(join(directory.path, 'new'), next);
      renameSync(join(directory.path, 'new'), path);
      return nothing();
    };
    await give(bytes);
    const dispose = () => nothing().then(() => directory.remove());
    return { source: fileSource({ path, trust, ...watching }), give, [Symbol.asyncDispose]: dispose };
  });
});

describe('a directory', () => {
  bundleSourceConformance(runner, async (trust, bytes) => {
    const directory = scratch();
    const root = join(directory.path, 'constitution');
    mkdirSync(root);
    const give = async (next: Uint8Array): Promise<void> => {
      for (const file of await readContainer(next)) {
        mkdirSync(dirname(join(root, file.path)), { recursive: true });
        writeFileSync(join(root, file.path), file.bytes);
      }
    };
    await give(bytes);
    const dispose = () => nothing().then(() => rmSync(directory.path, { recursive: true }));
    return { source: directorySource({ directory: root, trust, ...watching }), give, [Symbol.asyncDispose]: dispose };
  });
});

describe.each([true, false])('a bundle service that holds requests: %j', (holds) => {
  /** Nobody waits a minute for a test. */
  const timers = {
    after: (milliseconds: number, callback: () => void): Disposable => {
      const timer = setTimeout(callback, milliseconds >= 10_000 && milliseconds < 60_000 ? milliseconds : 5);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };

  bundleSourceConformance(runner, async (trust, bytes) => {
    const service = await BundleService.start({ holds });
    service.publish(bytes);
    const give = (next: Uint8Array): Promise<void> => {
      service.publish(next);
      return nothing();
    };
    const source = httpSource({ url: service.url, trust, timers, ...(holds ? { waitSeconds: 1 } : {}) });
    return { source, give, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
  });
});
