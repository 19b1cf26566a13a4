import { gunzipSync, gzipSync } from 'node:zlib';
import type { ConstitutionFile } from '@charterbus/core-models';
import { constitutionalHash } from '@charterbus/core-models';
import fc from 'fast-check';
import { packTar, type TarEntry } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { readContainer } from '../../src/bundle/container/read-container.js';
import { writeContainer } from '../../src/bundle/container/write-container.js';
import { buildBundle, bundleLimits, readBundle, statedFiles } from '../../src/index.js';
import { file, smallConstitution } from '../support/bundles.js';

const packed = async (...entries: readonly TarEntry[]): Promise<Uint8Array> => gzipSync(await packTar(entries));
const named = (name: string, body = 'x'): TarEntry => ({ header: { name, size: Buffer.byteLength(body) }, body });
const refusal = (message: RegExp) => ({ code: 'BUNDLE_INVALID', message: expect.stringMatching(message) as unknown });

const segments = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,40}$/);
const paths = fc
  .array(segments, { minLength: 1, maxLength: 8 })
  .map((parts) => `notes/${parts.join('/')}`)
  .filter((path) => !/(signatures\.json|patch\.json|\.manifest)$/.test(path) && !path.endsWith('.cedar'));
const notes = fc.uniqueArray(fc.tuple(paths, fc.uint8Array({ maxLength: 700 })), {
  selector: ([path]) => path.toLowerCase(),
  maxLength: 6,
});

describe('a container', () => {
  it('gives back the files that it was made of, and the constitutional hash of their directory', async () => {
    const random = notes.map((list) => list.map(([path, bytes]): ConstitutionFile => ({ path, bytes })));
    await fc.assert(
      fc.asyncProperty(random, fc.boolean(), async (more, reversed) => {
        const files = [...smallConstitution(), ...more].filter(({ path }) => !path.endsWith('.cedarschema'));
        const bundle = await readBundle(await buildBundle(reversed ? files.toReversed() : files), {
          trust: 'unsigned',
        });
        expect(bundle.hash).toBe(constitutionalHash(files));
        const content = (list: readonly ConstitutionFile[]) =>
          new Map(list.map(({ path, bytes }) => [path, Buffer.from(bytes).toString('hex')]));
        expect(content(bundle.files)).toEqual(content(files));
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('is the same bytes for the same files, in any order and at any time', async () => {
    const once = await buildBundle(smallConstitution());
    expect(Buffer.from(await buildBundle(smallConstitution().toReversed())).equals(once)).toBe(true);
    // Neither a time (bytes 4 to 7) nor the system (byte 9) of the machine is in it.
    expect([...once.subarray(4, 10)]).toEqual([0, 0, 0, 0, 2, 255]);
  });

  it('keeps what else a .manifest says, and takes one that somebody wrote by hand', async () => {
    const byHand = file(
      '.manifest',
      '{"revision":"x","roots":["shop"],"file_rego_versions":{},"metadata":{"commit":"abc"}}',
    );
    const files = await readContainer(await buildBundle([...smallConstitution(3), byHand], { status: 'approved' }));
    const manifest = files.find(({ path }) => path === '.manifest');
    expect(JSON.parse(Buffer.from(manifest?.bytes ?? []).toString())).toMatchObject({
      revision: '3',
      roots: ['shop'],
      file_rego_versions: {},
      metadata: { commit: 'abc', charterbus: { status: 'approved', revokes: [] } },
    });
  });

  it('names the compiled Rego that is there, of a member of a composite too', async () => {
    const composite = file(
      'manifest.yaml',
      `format: charterbus.constitution/1
name: both
revision: 1
engine:
  kind: composite
  members: { people: cedar, rules: { kind: opa-wasm, entrypoint: shop/decision } }
`,
    );
    const wasmOf = (files: readonly ConstitutionFile[]): unknown => {
      const [manifest] = statedFiles(files);
      return (JSON.parse(Buffer.from(manifest?.bytes ?? []).toString()) as { wasm?: unknown }).wasm;
    };
    expect(wasmOf([composite])).toBeUndefined();
    expect(wasmOf([...smallConstitution(), file('policy.wasm', 'x')])).toBeUndefined();
    expect(wasmOf([composite, file('policy.wasm', 'x')])).toEqual([
      { entrypoint: 'shop/decision', module: 'policy.wasm' },
    ]);
  });

  it.each([
    ['words', /is not JSON/],
    ['[]', /is not a bundle's/],
    ['{"revision":"1","metadata":{"charterbus":{"format":"charterbus.bundle/9"}}}', /charterbus\.format/],
    ['{"revision":"1"}', /metadata/],
  ])('is refused where its .manifest is %s', async (text, message) => {
    const bytes = await writeContainer([...smallConstitution(), file('.manifest', text)]);
    await expect(readBundle(bytes, { trust: 'unsigned' })).rejects.toMatchObject(refusal(message));
  });

  it('is refused where it does not say what it is, or another revision', async () => {
    const silent = await writeContainer([...smallConstitution(), file('notes.md', '')]);
    const stated = statedFiles(smallConstitution(2)).slice(0, 1);
    const other = await writeContainer([...stated, ...smallConstitution(1)]);
    await expect(readBundle(other, { trust: 'unsigned' })).rejects.toMatchObject(refusal(/states revision "2"/));
    expect(await readBundle(silent, { trust: 'unsigned' })).toMatchObject({ status: 'published' });
    await expect(readBundle(await writeContainer([file('a', '')]), { trust: 'unsigned' })).rejects.toMatchObject({
      code: 'CONSTITUTION_INVALID',
    });
  });

  it('takes the names that opa build and tar write', async () => {
    const files = await readContainer(
      await packed(
        { header: { name: './', size: 0, type: 'directory' } },
        named('./manifest.yaml'),
        named('/data.json', '{}'),
      ),
    );
    expect(files.map(({ path }) => path)).toEqual(['manifest.yaml', 'data.json']);
  });

  it.each([
    ['..', /not a path/],
    ['../manifest.yaml', /not a path/],
    ['a/../../b', /not a path/],
    ['//etc/passwd', /not a path/],
    ['/./a', /not a path/],
    ['C:\\a', /not a path/],
    ['a//b', /not a path/],
    ['.hidden', /not a path/],
    ['a/.manifest', /not a path/],
    ['ä', /not a path/],
    ['a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q', /not a path/],
    [`${'a/'.repeat(4)}${'b'.repeat(129)}`, /not a path/],
    ['my-signatures.json', /understands in its own way/],
    ['data/patch.json', /understands in its own way/],
    ['notes.manifest', /understands in its own way/],
  ])('refuses the path %j', async (name, message) => {
    await expect(readContainer(await packed(named(name)))).rejects.toMatchObject(refusal(message));
  });

  it.each(['symlink', 'link', 'character-device', 'block-device', 'fifo'] as const)('refuses a %s', async (type) => {
    const header = { name: 'a', size: 0, type, linkname: 'manifest.yaml' };
    await expect(readContainer(await packed(named('manifest.yaml'), { header }))).rejects.toMatchObject(
      refusal(new RegExp(`no plain file but a ${type}`)),
    );
  });

  it.each([
    ['a', 'a'],
    ['Policies/a.md', 'policies/A.md'],
    ['a', './a'],
    ['/a', 'a'],
  ])('refuses %j beside %j', async (first, second) => {
    await expect(readContainer(await packed(named(first), named(second)))).rejects.toMatchObject(
      refusal(/there twice/),
    );
  });

  it('stops at the limits, before it holds what goes beyond them', async () => {
    const bomb = gzipSync(Buffer.alloc(bundleLimits.inflatedBytes + 1));
    expect(bomb.length).toBeLessThan(2 ** 17);
    await expect(readContainer(bomb)).rejects.toMatchObject(refusal(/once inflated/));
    await expect(readContainer(new Uint8Array(bundleLimits.compressedBytes + 1))).rejects.toMatchObject(
      refusal(/is larger than \d+ bytes\.$/),
    );
    const many = Array.from({ length: 1_003 }, (_, index) => named(`f${index}`, ''));
    await expect(readContainer(await packed(...many))).rejects.toMatchObject(refusal(/more than 1000 files/));
    const directories = Array.from({ length: bundleLimits.entries + 1 }, (_, index) => ({
      header: { name: `d${index}/`, size: 0, type: 'directory' as const },
    }));
    await expect(readContainer(await packed(...directories))).rejects.toMatchObject(refusal(/more than 4000 entries/));
    const large = named('large', 'x'.repeat(4 * 2 ** 20 + 1));
    await expect(readContainer(await packed(large))).rejects.toMatchObject(refusal(/large: is larger than/));
    const signatures = named('.signatures.json', 'x'.repeat(bundleLimits.signaturesBytes + 1));
    await expect(readContainer(await packed(signatures))).rejects.toMatchObject(refusal(/is larger than/));
  });

  it('refuses what is cut, at every byte of the tar', async () => {
    const tar = gunzipSync(await writeContainer([file('a', 'x'.repeat(20)), file('b', '')]));
    for (let end = 0; end < tar.length; end += 7) {
      await expect(readContainer(gzipSync(tar.subarray(0, end)))).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
    }
  });

  it('refuses what lies behind its end', async () => {
    const whole = await writeContainer([file('a', 'x')]);
    for (const more of ['more', '\0', '\0'.repeat(600)]) {
      const longer = Buffer.concat([whole, Buffer.from(more)]);
      await expect(readContainer(longer)).rejects.toMatchObject(refusal(/gzip data/));
    }
    const tar = gunzipSync(whole);
    await expect(readContainer(gzipSync(Buffer.concat([tar, tar])))).rejects.toMatchObject(refusal(/whole tar/));
  });

  it('refuses a header whose sum is wrong', async () => {
    const tar = gunzipSync(await writeContainer([file('a', 'x')]));
    tar[100] = (tar[100] ?? 0) ^ 1;
    await expect(readContainer(gzipSync(tar))).rejects.toMatchObject(refusal(/whole tar/));
  });
});
