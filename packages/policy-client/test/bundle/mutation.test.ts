import { gunzipSync, gzipSync } from 'node:zlib';
import { CharterbusError } from '@charterbus/core-models';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readBundle, type VerifiedBundle } from '../../src/index.js';
import { Publisher } from '../support/bundles.js';

const publisher = new Publisher();
let bytes: Uint8Array;
let genuine: string;

/** All that a bundle says, but for the bytes that it came as. */
const said = ({ files, container: _, ...rest }: VerifiedBundle): string =>
  JSON.stringify({ ...rest, files: files.map((one) => [one.path, Buffer.from(one.bytes).toString('hex')]) });

beforeAll(async () => {
  bytes = await publisher.publish();
  genuine = said(await readBundle(bytes, { trust: publisher.trust }));
});

/** What a bundle says if it verifies, and nothing if it is refused; any other end fails the test. */
const outcome = async (changed: Uint8Array): Promise<string | undefined> => {
  try {
    return said(await readBundle(changed, { trust: publisher.trust }));
  } catch (error) {
    if (CharterbusError.isInstance(error) && error.code.startsWith('BUNDLE_')) return undefined;
    throw error;
  }
};

describe('a signed bundle', () => {
  it('that is cut at any byte never verifies', async () => {
    for (let end = 0; end < bytes.length; end += 1) expect(await outcome(bytes.subarray(0, end))).toBeUndefined();
  });

  it('never verifies as anything else, whatever bytes are changed', async () => {
    const changes = fc.array(fc.record({ at: fc.nat(), bit: fc.integer({ min: 1, max: 255 }) }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const changed = Buffer.from(bytes);
        for (const { at, bit } of list) changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ bit;
        // The time in gzip's header, for one, says nothing about the content.
        expect([undefined, genuine]).toContain(await outcome(changed));
      }),
      { seed: 11, numRuns: 600 },
    );
  });

  it('never verifies as anything else, whatever is changed inside of its archive', async () => {
    const tar = gunzipSync(bytes);
    const edits = fc.record({ at: fc.nat(), remove: fc.nat(600), insert: fc.uint8Array({ maxLength: 600 }) });
    const flips = fc.record({
      at: fc.nat(),
      remove: fc.constant(1),
      insert: fc.uint8Array({ minLength: 1, maxLength: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(flips, edits), async ({ at, remove, insert }) => {
        const start = at % tar.length;
        const changed = Buffer.concat([tar.subarray(0, start), insert, tar.subarray(start + remove)]);
        expect([undefined, genuine]).toContain(await outcome(gzipSync(changed)));
      }),
      { seed: 12, numRuns: 800 },
    );
  });
});
