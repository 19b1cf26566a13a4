import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConstitutionFile, constitutionalHash, shortHash } from '../../src/index.js';

const file = (path: string, content: string | Uint8Array): ConstitutionFile => ({ path, bytes: Buffer.from(content) });
const files = [
  file('manifest.yaml', 'name: sample\n'),
  file('policies/b.cedar', 'permit (principal, action, resource);'),
  file('policies/a.cedar', ''),
  file('policies-old.md', 'sorts between'),
  file('policies.md', 'and so does this'),
  file('data/Z.json', '{"ä":1}'),
  file('data/a_1.json', Uint8Array.of(0, 255, 10, 13)),
];
const hash = constitutionalHash(files);

/** The command of the documentation. */
const command =
  "find . -type f ! -path ./.signatures.json ! -path ./.manifest ! -path './generated/*' | sed 's|^\\./||' " +
  "| LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum";

const paths = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,6}(\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,6}){0,2}$/);

describe('the constitutional hash', () => {
  it('is 64 hex digits, and its short form the first 16', () => {
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(shortHash(hash)).toBe(hash.slice(0, 16));
  });

  it('does not depend on the order of the files', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
        expect(constitutionalHash(shuffled)).toBe(hash);
      }),
    );
  });

  it('changes with any byte, any path, any file', () => {
    const changes = fc.record({
      index: fc.nat(files.length - 1),
      at: fc.nat(40),
      bit: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(changes, ({ index, at, bit }) => {
        const bytes = Buffer.from(files[index]?.bytes ?? []);
        const changed =
          at < bytes.length ? bytes.with(at, (bytes[at] ?? 0) ^ bit) : Buffer.concat([bytes, Buffer.of(bit)]);
        const path = files[index]?.path ?? '';
        expect(constitutionalHash(files.with(index, { path, bytes: changed }))).not.toBe(hash);
        expect(constitutionalHash(files.with(index, { path: `${path}x`, bytes }))).not.toBe(hash);
        expect(constitutionalHash(files.toSpliced(index, 1))).not.toBe(hash);
      }),
    );
    expect(constitutionalHash([...files, file('new.md', '')])).not.toBe(hash);
  });

  it('leaves out signatures and generated files, and nothing that looks alike', () => {
    expect(
      constitutionalHash([
        ...files,
        file('.signatures.json', '{}'),
        file('.manifest', '{}'),
        file('generated/a.json', '{}'),
      ]),
    ).toBe(hash);
    for (const path of [
      'policies/.signatures.json',
      'policies/.manifest',
      'data/generated/a.json',
      'generated',
      'generated.json',
    ]) {
      expect(constitutionalHash([...files, file(path, '{}')])).not.toBe(hash);
    }
  });

  it('sorts by byte for every path that a constitution may hold', () => {
    fc.assert(
      fc.property(fc.uniqueArray(paths), (names) => {
        const byBytes = names.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
        expect(names.toSorted((left, right) => (left < right ? -1 : 1))).toEqual(byBytes);
      }),
    );
  });

  it('does not change its caller', () => {
    const frozen = Object.freeze([...files]);
    expect(constitutionalHash(frozen)).toBe(hash);
    expect(frozen).toEqual(files);
  });
});

describe.skipIf(process.platform !== 'linux')('the same hash, told by a shell', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'charterbus-hash-'));
    for (const { path, bytes } of [
      ...files,
      file('.signatures.json', '{}'),
      file('.manifest', '{}'),
      file('generated/x/y.json', '1'),
    ]) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), bytes);
    }
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('is what sha256sum prints over the sorted files', () => {
    const printed = execFileSync('sh', ['-c', command], { cwd: root, encoding: 'utf8' });
    expect(printed.slice(0, 64)).toBe(hash);
  });
});
