import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readContainer, starterLanguages, starters } from '@charterbus/policy-client';
import { opa, opaBinary, requireService, runOpa } from '@charterbus/tooling/testing';
import { describe, expect, it } from 'vitest';
import { runProgramInside as run } from '../support/run-program.js';
import { scratchDirectory } from '../support/server-process.js';

const constitution = (...args: readonly string[]) => run('constitution', ...args);
const json = (lines: readonly string[]): Record<string, unknown> =>
  JSON.parse(lines[0] ?? '') as Record<string, unknown>;

/** A directory with a starter, a bundle of it and keys of two publishers. */
const workshop = async () => {
  const scratch = scratchDirectory();
  const at = (...names: readonly string[]): string => join(scratch.path, ...names);
  for (const name of ['ann', 'eve']) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(at(`${name}.pem`), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
    writeFileSync(at(`${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
  }
  await constitution('init', at('rules'));
  await constitution('build', at('rules'), '-o', at('bundle.tar.gz'));
  const signing = ['--key', at('ann.pem'), '--key-id', 'ann', '--scope', 'production'];
  const verifying = ['--key', at('ann.pub'), '--key-id', 'ann', '--scope', 'production'];
  return { at, signing, verifying, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
};

describe('charterbus constitution init', () => {
  it('writes something that checks, that its tests cover, and that is called after its directory', async () => {
    using scratch = scratchDirectory();
    const directory = join(scratch.path, 'My Rules!');
    const { printed, code } = await constitution('init', directory);
    expect(code).toBe(0);
    expect(printed.at(-1)).toBe(`Next: charterbus constitution check ${directory}`);
    const checked = await constitution('check', directory);
    expect(checked).toMatchObject({ code: 0, complaints: [] });
    expect(checked.printed[0]).toMatch(/^my-rules revision 1 may be in force: \d+ policies, its tests pass/);
    const tested = await constitution('test', directory);
    expect(tested.printed[1]).toMatch(/^(\d+) of \1 tests pass; every policy decides some\.$/);
  });

  it('tells as JSON what it wrote, under the name that it was given', async () => {
    using scratch = scratchDirectory();
    const directory = join(scratch.path, 'deep', 'rules');
    const { printed } = await constitution('init', directory, '--name', 'shop', '--json');
    expect(json(printed)).toEqual({
      directory,
      name: 'shop',
      files: ['manifest.yaml', 'policies/boundaries.cedar', 'policies/messages.cedar', 'tests/messages.yaml'],
    });
    expect(readFileSync(join(directory, 'manifest.yaml'), 'utf8')).toContain('\nname: shop\n');
  });

  it.each(starterLanguages.flatMap((language) => Object.keys(starters).map((starter) => ({ starter, language }))))(
    'begins with the starter $starter in $language, byte by byte but for its name',
    async ({ starter, language }) => {
      using scratch = scratchDirectory();
      const directory = join(scratch.path, 'ours');
      expect((await constitution('init', directory, '--starter', starter, '--language', language)).code).toBe(0);
      const { printed, complaints } = await constitution('check', directory);
      expect(complaints).toEqual([]);
      expect(printed[0]).toMatch(/^ours revision 1 may be in force/);
    },
  );

  it.each([
    [(path: string) => [join(path, 'a'), '--language', 'rego'], /--language rego needs a --starter/],
    [(path: string) => [path], /is not empty; nothing was written/],
    [(path: string) => [join(path, 'a'), '--name', 'No Name'], /is no name of a constitution/],
    [(path: string) => [join(path, 'file')], /cannot be read \(E/],
  ])('refuses what it cannot do', async (args, message) => {
    using scratch = scratchDirectory();
    writeFileSync(join(scratch.path, 'file'), '');
    const { complaints, code, printed } = await constitution('init', ...args(scratch.path));
    expect({ code, printed }).toEqual({ code: 2, printed: [] });
    expect(complaints[0]).toMatch(message);
    expect(readdirSync(scratch.path)).toEqual(['file']);
  });
});

describe('charterbus constitution check', () => {
  it('says which screens are not built in', async () => {
    using scratch = scratchDirectory();
    const directory = join(scratch.path, 'ours');
    await constitution('init', directory, '--starter', 'screens');
    const manifest = join(directory, 'manifest.yaml');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('secrets: secrets', 'secrets: own-secrets'));
    const { complaints, code, printed } = await constitution('check', directory);
    expect(complaints.join()).toContain('The screen own-secrets is not built in');
    expect({ code, printed }).toMatchObject({
      code: 0,
      printed: [expect.stringContaining('may be in force') as string],
    });
  });
});

describe('charterbus constitution build', () => {
  it('makes a draft with the hash of the directory, the same bytes each time', async () => {
    using made = await workshop();
    const built = json(
      (await constitution('build', made.at('rules'), '-o', made.at('again.tar.gz'), '--json')).printed,
    );
    const { hash } = json((await constitution('hash', made.at('rules'), '--json')).printed);
    expect(built).toEqual({
      path: made.at('again.tar.gz'),
      name: 'rules',
      revision: 1,
      hash,
      status: 'draft',
      files: 4,
      bytes: statSync(made.at('again.tar.gz')).size,
    });
    expect(readFileSync(made.at('again.tar.gz')).equals(readFileSync(made.at('bundle.tar.gz')))).toBe(true);
    const words = await constitution('build', made.at('rules'), '-o', made.at('b.tar.gz'), '--status', 'approved');
    expect(words.printed).toEqual([
      `${made.at('b.tar.gz')}: rules revision 1, approved, not signed (${String(hash)}).`,
    ]);
  });

  it('is looked at as the directory is', async () => {
    using made = await workshop();
    for (const path of ['rules', 'bundle.tar.gz']) {
      expect((await constitution('check', made.at(path))).printed[0]).toMatch(/may be in force/);
      expect((await constitution('test', made.at(path))).printed[1]).toMatch(/7 of 7 tests pass/);
      expect((await constitution('schema', made.at(path))).printed[0]).toContain('action send');
    }
    const hashes = await Promise.all(['rules', 'bundle.tar.gz'].map((path) => constitution('hash', made.at(path))));
    expect(hashes[0]?.printed).toEqual(hashes[1]?.printed);
  });

  it('compiles Rego only with the OPA that it is told', async (context) => {
    requireService(context, opa);
    using scratch = scratchDirectory();
    const directory = join(scratch.path, 'rego');
    mkdirSync(join(directory, 'policies'), { recursive: true });
    const stated = 'format: charterbus.constitution/1\nname: rego\nrevision: 1\nengine: opa-wasm\ntests: optional\n';
    writeFileSync(join(directory, 'manifest.yaml'), stated);
    const rego = join(directory, 'policies', 'a.rego');
    writeFileSync(rego, 'package charterbus\n\ndefault decision := {"allow": false, "policies": ["a"]}\n');
    const bundle = join(scratch.path, 'bundle.tar.gz');
    expect((await constitution('build', directory, '-o', bundle)).code).toBe(0);
    expect(readdirSync(directory)).not.toContain('policy.wasm');
    const { complaints, code } = await constitution('build', directory, '-o', bundle, '--opa', opaBinary() ?? '');
    expect({ complaints, code }).toEqual({ complaints: [], code: 0 });
    const compiled = readFileSync(join(directory, 'policy.wasm'));
    expect([...compiled.subarray(0, 4)]).toEqual([0, ...Buffer.from('asm')]);
    const manifest = (await readContainer(readFileSync(bundle))).find(({ path }) => path === '.manifest');
    expect(JSON.parse(Buffer.from(manifest?.bytes ?? []).toString())).toMatchObject({
      wasm: [{ entrypoint: 'charterbus/decision', module: 'policy.wasm' }],
    });
    // OPA refuses what names a module that it does not find.
    await runOpa(opaBinary() ?? '', ['build', '-b', bundle, '-o', join(scratch.path, 'theirs.tar.gz')]);
    await constitution('build', directory, '-o', bundle, '--opa', opaBinary() ?? '');
    expect(readFileSync(join(directory, 'policy.wasm')).equals(compiled)).toBe(true);
    expect((await constitution('check', directory)).code).toBe(0);
    writeFileSync(rego, 'package charterbus\n\ndefault decision := {"allow": true}\n');
    expect((await constitution('check', directory)).complaints.join()).toMatch(/compiled from other sources/);
    writeFileSync(rego, 'package charterbus\n\ndecision := {"allow": nonsense}\n');
    const unsafe = await constitution('build', directory, '-o', bundle, '--opa', opaBinary() ?? '');
    expect(unsafe.code).toBe(4);
    expect(unsafe.complaints[1]).toMatch(/^ {2}policies\/a\.rego:3: rego_unsafe_var_error/);
    writeFileSync(rego, 'package charterbus\n\ndecision := nonsense(\n');
    const refused = await constitution('build', directory, '-o', bundle, '--opa', opaBinary() ?? '');
    expect(refused.complaints[1]).toMatch(/^ {2}policies\/a\.rego:\d+:\d+: rego_parse_error: /);
  });

  it('compiles nothing where there is nothing to compile, or no compiler', async () => {
    using made = await workshop();
    const none = await constitution('build', made.at('rules'), '-o', made.at('x'), '--opa', '/nowhere/opa');
    expect(none.complaints[0]).toMatch(/The engine of rules is cedar: there is no Rego to compile/);
    const manifest = readFileSync(made.at('rules', 'manifest.yaml'), 'utf8').replace(
      'engine: cedar',
      'engine: opa-wasm',
    );
    writeFileSync(made.at('rules', 'manifest.yaml'), manifest);
    const gone = await constitution('build', made.at('rules'), '-o', made.at('x'), '--opa', '/nowhere/opa');
    expect(gone.complaints[0]).toMatch(/cannot compile the policies: spawn \/nowhere\/opa ENOENT/);
    expect(gone.code).toBe(2);
  });

  it('points at what is wrong with a manifest, by line and column, also as JSON', async () => {
    using made = await workshop();
    writeFileSync(
      made.at('rules', 'manifest.yaml'),
      'format: charterbus.constitution/1\nname: Rules\nrevision: 1\nengine: cedar\n',
    );
    const { complaints, code, printed } = await constitution('build', made.at('rules'), '-o', made.at('x'), '--json');
    expect(code).toBe(4);
    expect(complaints[1]).toMatch(/^ {2}manifest\.yaml:2:7: name: /);
    expect(json(printed)).toMatchObject({
      error: { code: 'CONSTITUTION_INVALID', details: { problems: [{ file: 'manifest.yaml', line: 2, column: 7 }] } },
    });
  });
});

describe('charterbus constitution sign and verify', () => {
  it('sign a bundle for a purpose, which verifies for it', async () => {
    using made = await workshop();
    const bundle = made.at('bundle.tar.gz');
    const signed = await constitution('sign', bundle, ...made.signing, '--status', 'published', '--json');
    const { hash } = json((await constitution('hash', made.at('rules'), '--json')).printed);
    const common = { path: bundle, name: 'rules', revision: 1, hash, status: 'published', revokes: [] };
    expect(signed.complaints).toEqual([]);
    expect(json(signed.printed)).toEqual({ ...common, keyId: 'ann', algorithm: 'ES256', scope: 'production' });
    const verified = await constitution('verify', bundle, ...made.verifying, '--json');
    expect(json(verified.printed)).toEqual({ ...common, activatable: true, signedBy: 'ann' });
    expect((await constitution('verify', bundle, ...made.verifying)).printed).toEqual([
      `${bundle}: rules revision 1, published, signed by ann: verified (${String(hash)}).`,
    ]);
  });

  it('sign a directory in place, which is checked as before', async () => {
    using made = await workshop();
    const before = (await constitution('hash', made.at('rules'))).printed;
    await constitution('sign', made.at('rules'), ...made.signing, '--status', 'published');
    expect(readdirSync(made.at('rules'))).toEqual(expect.arrayContaining(['.manifest', '.signatures.json']));
    expect((await constitution('verify', made.at('rules'), ...made.verifying)).code).toBe(0);
    expect((await constitution('check', made.at('rules'))).code).toBe(0);
    expect((await constitution('hash', made.at('rules'))).printed).toEqual(before);
    writeFileSync(made.at('rules', 'policies', 'new.cedar'), '');
    const { complaints, code } = await constitution('verify', made.at('rules'), ...made.verifying);
    expect(code).toBe(4);
    expect(complaints).toEqual(['The bundle: policies/new.cedar: is not covered by the signature.']);
  });

  it('keep what the bundle says unless told otherwise, and say what is never in force', async () => {
    using made = await workshop();
    const bundle = made.at('bundle.tar.gz');
    const draft = await constitution('sign', bundle, ...made.signing);
    expect(draft.printed[0]).toMatch(/rules revision 1, draft, signed with ann \(ES256\) for production\.$/);
    expect(draft.printed[1]).toMatch(/A draft is never in force/);
    expect((await constitution('verify', bundle, ...made.verifying)).printed[1]).toBe(
      'What is draft is never in force.',
    );
    const hash = 'a'.repeat(64);
    await constitution('sign', bundle, ...made.signing, '--status', 'deprecated', '--revoke', hash);
    await constitution('sign', bundle, ...made.signing);
    const { printed } = await constitution('verify', bundle, ...made.verifying, '--json');
    expect(json(printed)).toMatchObject({ status: 'deprecated', revokes: [hash], activatable: true });
    expect((await constitution('verify', bundle, ...made.verifying)).printed[1]).toBe(
      'It may be in force, with a warning.',
    );
  });

  it('refuse another key, another scope, another algorithm and what was changed', async () => {
    using made = await workshop();
    const bundle = made.at('bundle.tar.gz');
    await constitution('sign', bundle, ...made.signing);
    const verify = async (...args: readonly string[]) => {
      const { complaints, code, printed } = await constitution('verify', bundle, ...args);
      expect(printed).toEqual([]);
      return `${code}: ${complaints[0] ?? ''}`;
    };
    const [, , ...rest] = made.verifying;
    expect(await verify('--key', made.at('eve.pub'), ...rest)).toMatch(/^4: .*not made with the key ann/);
    expect(await verify(...made.verifying.slice(0, 4), '--scope', 'staging')).toMatch(/^4: .*another scope/);
    expect(await verify('--key', made.at('ann.pub'), '--key-id', 'eve', '--scope', 'production')).toMatch(
      /^4: .*not configured/,
    );
    expect(await verify(...made.verifying, '--algorithm', 'ES384')).toMatch(/^2: .*needs a key on the curve/);
    expect(await verify('--key', made.at('ann.pem'), ...rest)).toMatch(/^2: .*is a private key/);
    expect(await verify('--key', made.at('none.pub'), ...rest)).toMatch(/^2: .*none\.pub cannot be read \(ENOENT\)/);
    const bytes = readFileSync(bundle);
    writeFileSync(bundle, bytes.subarray(0, bytes.length - 20));
    expect(await verify(...made.verifying)).toMatch(/^4: The bundle: is not whole gzip data\.$/);
  });

  it('never print a private key, and warn where others may read it', async () => {
    using made = await workshop();
    const secret = readFileSync(made.at('ann.pem'), 'utf8').split('\n')[1] ?? '';
    chmodSync(made.at('ann.pem'), 0o644);
    const warned = await constitution('sign', made.at('bundle.tar.gz'), ...made.signing);
    expect(warned.complaints).toEqual([
      `Warning: ${made.at('ann.pem')} may be read by others (mode 0644); "chmod 600 ${made.at('ann.pem')}" mends that.`,
    ]);
    copyFileSync(made.at('ann.pem'), made.at('damaged.pem'));
    writeFileSync(made.at('damaged.pem'), readFileSync(made.at('ann.pem'), 'utf8').replace('END', 'ENDE'));
    const [, , ...rest] = made.signing;
    const failures = await Promise.all([
      constitution('sign', made.at('bundle.tar.gz'), '--key', made.at('damaged.pem'), ...rest, '--json'),
      constitution('sign', made.at('bundle.tar.gz'), ...made.signing, '--algorithm', 'RS256', '--json'),
      constitution('sign', made.at('bundle.tar.gz'), ...made.signing, '--revoke', 'short', '--json'),
    ]);
    for (const { code, printed, complaints } of [...failures, warned]) {
      expect([code, ...printed, ...complaints].join()).not.toContain(secret.slice(0, 20));
    }
    expect(failures.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(failures.map(({ complaints }) => complaints.at(-1))).toEqual([
      'The key ann is not an unencrypted key in PEM.',
      'The key ann does not fit: RS256 needs an RSA key.',
      '"short" is no full constitutional hash, which "constitution hash" prints.',
    ]);
  });

  it.each([
    ['rsa', { modulusLength: 2048 }, 'RS256'],
    ['ed25519', {}, 'EdDSA'],
    ['ec', { namedCurve: 'P-384' }, 'ES384'],
  ] as const)('take the usual algorithm of a key of %s', async (type, options, algorithm) => {
    using made = await workshop();
    const { publicKey, privateKey } = generateKeyPairSync(type as 'ec', options as { namedCurve: string });
    writeFileSync(made.at('k.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(made.at('k.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    const bundle = made.at('bundle.tar.gz');
    const signed = await constitution(
      'sign',
      bundle,
      '--key',
      made.at('k.pem'),
      '--key-id',
      'k',
      '--scope',
      's',
      '--json',
    );
    expect(json(signed.printed)).toMatchObject({ algorithm });
    const verified = await constitution('verify', bundle, '--key', made.at('k.pub'), '--key-id', 'k', '--scope', 's');
    expect(verified.code).toBe(0);
  });

  it('refuse a kind of key that no algorithm of theirs uses', async () => {
    using made = await workshop();
    const { privateKey } = generateKeyPairSync('x25519');
    writeFileSync(made.at('k.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const { complaints } = await constitution(
      'sign',
      made.at('bundle.tar.gz'),
      '--key',
      made.at('k.pem'),
      '--key-id',
      'k',
      '--scope',
      's',
    );
    expect(complaints[0]).toMatch(/of no kind that bundles are signed with/);
    writeFileSync(made.at('large.pem'), Buffer.alloc(70_000), { mode: 0o600 });
    const large = await constitution(
      'sign',
      made.at('bundle.tar.gz'),
      '--key',
      made.at('large.pem'),
      '--key-id',
      'k',
      '--scope',
      's',
    );
    expect(large.complaints[0]).toMatch(/too large for a key/);
  });
});
