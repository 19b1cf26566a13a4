import { mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ConstitutionFile } from '@charterbus/core-models';
import { opa, opaBinary, requireService, runOpa, startOpa } from '@charterbus/tooling/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { readContainer } from '../../src/bundle/container/read-container.js';
import { writeContainer } from '../../src/bundle/container/write-container.js';
import type { SignatureClaims } from '../../src/bundle/signature/claims.js';
import { documentDigest } from '../../src/bundle/signature/document-digest.js';
import { verifySignature } from '../../src/bundle/signature/verify-signature.js';
import { bundleOfFiles, readBundle, type SignatureAlgorithm, statedFiles } from '../../src/index.js';
import { file, Publisher, smallConstitution } from '../support/bundles.js';

beforeEach((context) => void requireService(context, opa));

const binary = (): string => opaBinary() ?? '';
const scratch = () => mkdtempDisposableSync(join(tmpdir(), 'charterbus-opa-'));

const writeAll = (directory: string, files: readonly ConstitutionFile[]): void => {
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
  }
};

/** Writes the publisher's keys, and the claims that `opa sign` does not make by itself. */
const writeKeys = (directory: string, { keys, id, scope }: Publisher): void => {
  writeFileSync(join(directory, 'private.pem'), keys.privateKey);
  writeFileSync(join(directory, 'public.pem'), keys.publicKey);
  writeFileSync(join(directory, 'claims.json'), JSON.stringify({ scope, keyid: id }));
};

const opaSign = async (keys: string, files: string, algorithm: SignatureAlgorithm): Promise<ConstitutionFile> => {
  const key = ['--signing-alg', algorithm, '--signing-key', join(keys, 'private.pem')];
  await runOpa(binary(), ['sign', ...key, '--claims-file', join(keys, 'claims.json'), '-b', '.', '-o', keys], files);
  return { path: '.signatures.json', bytes: readFileSync(join(keys, '.signatures.json')) };
};

const opaVerify = (keys: string, bundle: string, algorithm: SignatureAlgorithm, scope: string): Promise<string> => {
  const key = ['--verification-key', join(keys, 'public.pem'), '--verification-key-id', 'release'];
  const how = [...key, '--scope', scope, '--signing-alg', algorithm];
  return runOpa(binary(), ['build', '-b', bundle, ...how, '-o', join(keys, 'built.tar.gz')]);
};

/** Everything that OPA hashes in a way of its own, beside files that it takes as they are. */
const odd = [
  ...smallConstitution(),
  file('data/data.json', '{"z":[1.0,2.50,1e3,-0.0,0.1E+2],"a":"\u2028<&>\\u0007\\b\\u000c\u007f\\u00e9\u{1F600}"}'),
  file('data/sub/data.json', ' {"é":{},"e":[],"\u{1F600}":null,"\uFFFD":true} '),
  file('tests/data.yaml', 'tests: []\nnumbers: [1, 2.5, -3]\nwords: {a: b c, "no": "yes"}\n'),
];

describe.each(['RS256', 'ES256', 'ES384', 'RS512'] as const)('signatures with %s', (algorithm) => {
  it('of opa sign verify here', async () => {
    using directory = scratch();
    const publisher = new Publisher({ algorithm });
    const files = statedFiles(odd, { status: 'published' });
    writeKeys(directory.path, publisher);
    writeAll(join(directory.path, 'files'), files);
    const signed = [...files, await opaSign(directory.path, join(directory.path, 'files'), algorithm)];
    expect((await bundleOfFiles(signed, { trust: publisher.trust })).signedBy).toBe('release');
  });

  it('of ours verify with opa build', async () => {
    using directory = scratch();
    const publisher = new Publisher({ algorithm });
    writeKeys(directory.path, publisher);
    const bundle = join(directory.path, 'bundle.tar.gz');
    writeFileSync(bundle, await publisher.publish(odd));
    await opaVerify(directory.path, bundle, algorithm, 'production');
    await expect(opaVerify(directory.path, bundle, algorithm, 'staging')).rejects.toMatchObject({
      stdout: expect.stringContaining('scope mismatch') as unknown,
    });
  });
});

describe('OPA', () => {
  it('runs a bundle that was built and signed here', async () => {
    using directory = scratch();
    const publisher = new Publisher({ algorithm: 'ES256' });
    writeKeys(directory.path, publisher);
    const bundle = join(directory.path, 'bundle.tar.gz');
    writeFileSync(bundle, await publisher.publish([...smallConstitution(), file('data/data.json', '{"limit": 2.50}')]));
    const how = ['--verification-key', join(directory.path, 'public.pem'), '--verification-key-id', 'release'];
    const args = ['-b', bundle, ...how, '--scope', 'production', '--signing-alg', 'ES256'];
    await using server = await startOpa({ args, health: '/health?bundles' });
    const answer = await fetch(`${server.url}/v1/data/data`);
    expect(await answer.text()).toContain('"limit":2.50');
  });

  it('makes bundles with opa build that verify here', async () => {
    using directory = scratch();
    const publisher = new Publisher({ algorithm: 'RS256' });
    writeKeys(directory.path, publisher);
    const sources = join(directory.path, 'files');
    const rego = file('decision.rego', 'package charterbus\n\ndecision := {"allow": true}\n');
    writeAll(sources, [rego, file('data/data.json', '{"limit": 2.50, "a": [1e3, "\u2028"]}')]);
    const built = join(directory.path, 'built.tar.gz');
    // It signs only what is signed already.
    const signed = await opaSign(directory.path, sources, 'RS256');
    writeAll(sources, [signed]);
    const key = ['--signing-alg', 'RS256', '--signing-key', join(directory.path, 'private.pem')];
    const verify = ['--verification-key', join(directory.path, 'public.pem'), '--scope', 'production'];
    const claims = ['--verification-key-id', 'release', '--claims-file', join(directory.path, 'claims.json')];
    await runOpa(binary(), ['build', '-b', '.', ...key, ...verify, ...claims, '-r', '7', '-o', built], sources);
    const files = await readContainer(readFileSync(built));
    expect(await verifySignature(files, publisher.trust)).toBe('release');
    const other = new Publisher({ algorithm: 'RS256' });
    await expect(verifySignature(files, other.trust)).rejects.toMatchObject({ code: 'BUNDLE_SIGNATURE_INVALID' });
  });

  it('takes RSA-PSS from here, and signs with another salt than RFC 7518 wants, which is refused', async () => {
    using directory = scratch();
    const publisher = new Publisher({ algorithm: 'PS256' });
    writeKeys(directory.path, publisher);
    const bundle = join(directory.path, 'bundle.tar.gz');
    writeFileSync(bundle, await publisher.publish());
    await opaVerify(directory.path, bundle, 'PS256', 'production');
    const files = statedFiles(odd, { status: 'published' });
    writeAll(join(directory.path, 'files'), files);
    const signed = [...files, await opaSign(directory.path, join(directory.path, 'files'), 'PS256')];
    await expect(verifySignature(signed, publisher.trust)).rejects.toMatchObject({ code: 'BUNDLE_SIGNATURE_INVALID' });
  });

  it('knows nothing of Ed25519 in 1.4, neither for signing nor for verifying', async () => {
    using directory = scratch();
    const publisher = new Publisher({ algorithm: 'EdDSA' });
    writeKeys(directory.path, publisher);
    writeAll(join(directory.path, 'files'), odd);
    await expect(opaSign(directory.path, join(directory.path, 'files'), 'EdDSA')).rejects.toThrow('EdDSA');
    const bundle = join(directory.path, 'bundle.tar.gz');
    writeFileSync(bundle, await publisher.publish());
    await expect(opaVerify(directory.path, bundle, 'EdDSA', 'production')).rejects.toThrow('Command failed');
    expect((await readBundle(readFileSync(bundle), { trust: publisher.trust })).signedBy).toBe('release');
  });

  it('hashes random documents as is done here', async () => {
    using directory = scratch();
    const publisher = new Publisher({ algorithm: 'ES256' });
    writeKeys(directory.path, publisher);
    const numbers = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.stringMatching(/^-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,3})?$/),
    );
    const scalars = fc.oneof(
      numbers,
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
      fc.constantFrom('true', 'null'),
    );
    const { text } = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        scalars,
        fc.array(tie('text'), { maxLength: 4 }).map((items) => `[ ${items.join(' ,\n')}]`),
        fc
          .uniqueArray(fc.tuple(fc.string({ unit: 'binary', maxLength: 6 }), tie('text')), {
            selector: ([key]) => key,
            maxLength: 5,
          })
          .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)} : ${value}`).join(',')} }`),
      ),
    }));
    // One call of the binary for all of them: each is a data.json of its own.
    const documents = fc.sample(text, { seed: 4, numRuns: 400 });
    const files = documents.map((value, index) => file(`d${index}/data.json`, `{"value":${value}}`));
    writeAll(join(directory.path, 'files'), files);
    const signed = await opaSign(directory.path, join(directory.path, 'files'), 'ES256');
    await verifySignature([...files, signed], publisher.trust);
    await verifySignature(await readContainer(await writeContainer([...files, signed])), publisher.trust);
    expect(new Set(files.map(({ path, bytes }) => documentDigest(path, bytes))).size).toBeGreaterThan(100);
  });
});

describe('YAML', () => {
  const scalars = fc.oneof(
    fc.stringMatching(/^[-+0-9a-zA-Z_.][-+0-9a-zA-Z_.:]{0,7}[a-z0-9]$/),
    fc.stringMatching(/^-?[0-9]{1,5}(\.[0-9]{1,5})?$/),
    fc.constantFrom('yes', 'No', 'y', '~', 'null', 'Null', 'true', 'TRUE', '1_000', '0o17', '017', '1:30', '.5', '5.'),
    fc.constantFrom('1e3', '2001-01-01', '-0', '-0.0', '0x1F', '=', '1.10', '"1.10"', "'yes'", '|\n  a\n  b'),
    fc.constant(String.raw`"\x41\u2028"`),
  );

  /** The hash, or nothing where it is refused. */
  const ours = ({ path, bytes }: ConstitutionFile): string | undefined => {
    try {
      return documentDigest(path, bytes);
    } catch {
      return undefined;
    }
  };

  const claimsOf = ({ bytes }: ConstitutionFile): SignatureClaims => {
    const { signatures } = JSON.parse(Buffer.from(bytes).toString()) as { signatures: readonly [string] };
    return JSON.parse(Buffer.from(signatures[0].split('.')[1] ?? '', 'base64url').toString()) as SignatureClaims;
  };

  it('is read as OPA reads it, where it is accepted', async () => {
    using directory = scratch();
    writeKeys(directory.path, new Publisher({ algorithm: 'ES256' }));
    const files = fc
      .sample(scalars, { seed: 9, numRuns: 500 })
      .map((scalar, index) => file(`d${index}/data.yaml`, `value: ${scalar}\nlist:\n- ${scalar}\n`));
    writeAll(join(directory.path, 'files'), files);
    const { files: theirs } = claimsOf(await opaSign(directory.path, join(directory.path, 'files'), 'ES256'));
    const hashes = new Map(theirs.map(({ name, hash }) => [name, hash]));
    const accepted = files.filter((one) => ours(one) !== undefined);
    const different = accepted.filter((one) => ours(one) !== hashes.get(one.path));
    expect(different.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([]);
    expect(accepted.length).toBeGreaterThan(100);
    expect(accepted.length).toBeLessThan(files.length);
  });
});
