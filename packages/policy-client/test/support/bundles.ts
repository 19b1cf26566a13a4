import { generateKeyPairSync } from 'node:crypto';
import type { ConstitutionFile } from '@charterbus/core-models';
import { type BundleStated, BundleTrust, type SignatureAlgorithm, signBundle } from '../../src/index.js';

export const file = (path: string, content: string | Uint8Array): ConstitutionFile => ({
  path,
  bytes: new Uint8Array(Buffer.from(content)),
});

/** A small constitution that may be in force. */
export const smallConstitution = (revision = 1, name = 'small'): readonly ConstitutionFile[] => [
  file(
    'manifest.yaml',
    `format: charterbus.constitution/1\nname: ${name}\nrevision: ${revision}\nengine: cedar\ntests: optional\n`,
  ),
  file('policies/all.cedar', '@id("all")\npermit (principal, action, resource);\n'),
  file('data/limits.json', '{ "limit": 2.50 }\n'),
];

export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const;

const generate = (algorithm: SignatureAlgorithm) => {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  return algorithm === 'ES256' || algorithm === 'ES384' || algorithm === 'ES512'
    ? generateKeyPairSync('ec', { namedCurve: curves[algorithm] })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
};

/** Keys hold chance by their nature; no test depends on which they are. */
export const keyPair = (algorithm: SignatureAlgorithm): KeyPair => {
  const { publicKey, privateKey } = generate(algorithm);
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};

/** A publisher with a key: signs, and is believed by its trust. */
export class Publisher {
  readonly keys: KeyPair;
  readonly id: string;
  readonly algorithm: SignatureAlgorithm;
  readonly scope: string;

  constructor({ algorithm = 'EdDSA' as SignatureAlgorithm, id = 'release', scope = 'production' } = {}) {
    this.algorithm = algorithm;
    this.keys = keyPair(algorithm);
    this.id = id;
    this.scope = scope;
  }

  get signer() {
    const { id, algorithm, scope } = this;
    return { id, algorithm, scope, privateKey: this.keys.privateKey };
  }

  get trust(): BundleTrust {
    const { id, algorithm, scope } = this;
    return new BundleTrust({ keys: [{ id, algorithm, publicKey: this.keys.publicKey }], scope });
  }

  publish(files = smallConstitution(), stated: BundleStated = { status: 'published' }): Promise<Uint8Array> {
    return signBundle(files, this.signer, stated);
  }
}
