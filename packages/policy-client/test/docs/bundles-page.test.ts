import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BundleService } from '@charterbus/tooling/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { ActivationRecord, BundleFeed, BundleTrust, fileSource, httpSource, KeptBundles } from '../../src/index.js';
import { keyPair, Publisher, smallConstitution } from '../support/bundles.js';

const page = readFileSync(new URL('../../../../docs/bundles.md', import.meta.url), 'utf8');
const here = readFileSync(fileURLToPath(import.meta.url), 'utf8');

/** Without the indentation, which differs between a page and a test. */
const lines = (text: string): string => text.replaceAll(/^\s+/gm, '').trim();

afterEach(() => {
  vi.unstubAllEnvs();
});

it('the programs of docs/bundles.md are the ones that run here', () => {
  const blocks = [...page.matchAll(/^```ts\nimport [^;]*;\n(.*?)^```$/gms)].map(([, block = '']) => lines(block));
  expect(blocks).toHaveLength(2);
  for (const block of blocks) expect(lines(here)).toContain(block);
});

it('a trust is configured as the page shows', () => {
  const { publicKey: pem } = keyPair('ES256');
  const trust = new BundleTrust({
    keys: [{ id: 'release-2026', algorithm: 'ES256', publicKey: pem }],
    scope: 'production',
  });
  expect(trust.scope).toBe('production');
});

/** Follows a feed until there were three warnings, which it gives back. */
const followFeed = async (directory: string, url: string, trust: BundleTrust): Promise<readonly string[]> => {
  const patience = new AbortController();
  const { signal } = patience;
  const warnings: string[] = [];
  const warn = (warning: string): void => {
    if (warnings.push(warning) === 3) patience.abort();
  };
  const record = await ActivationRecord.open(join(directory, 'activations.json'));
  const feed = new BundleFeed({
    constitution: 'shop',
    primary: httpSource({ url, trust, tokenFrom: 'BUNDLE_TOKEN', environment: process.env }),
    fallbacks: [fileSource({ path: join(directory, 'fallback.tar.gz'), trust })],
    kept: new KeptBundles({ directory, trust }),
    record,
  });
  for await (const event of feed.events(signal)) {
    if (event.kind === 'bundle') {
      // Load and stage it. Then, before it is in force:
      await record.recordActivated(event.bundle);
      await feed.keepAsGood(event.bundle);
    } else if (event.kind === 'revoked') {
      warn(`${event.hash} must not be in force: if it is, nothing passes until another is`);
    } else {
      warn(`${event.source}: ${event.error.code}`);
    }
  }
  return warnings;
};

it('a feed is followed as the page shows', async () => {
  using scratch = mkdtempDisposableSync(join(tmpdir(), 'charterbus-page-'));
  await using service = await BundleService.start();
  const publisher = new Publisher();
  vi.stubEnv('BUNDLE_TOKEN', 'secret');
  service.publish(await publisher.publish(smallConstitution(1, 'shop')));
  writeFileSync(join(scratch.path, 'shop.cache.tar.gz'), 'damaged');
  const following = followFeed(scratch.path, service.url, publisher.trust);
  await service.asked(2);
  service.publish(await publisher.publish(smallConstitution(1, 'shop'), { status: 'revoked' }));
  expect(await following).toEqual([
    'cache: BUNDLE_INVALID',
    expect.stringMatching(/^[0-9a-f]{64} must not be in force/),
    'http: BUNDLE_REVOKED',
  ]);
  const record = await ActivationRecord.open(join(scratch.path, 'activations.json'));
  expect(record.readHighest('shop')).toMatchObject({ revision: 1 });
});
