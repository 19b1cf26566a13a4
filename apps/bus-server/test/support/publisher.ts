import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConstitutionFile, constitutionalHash } from '@charterbus/core-models';
import { type BundleStated, signBundle } from '@charterbus/policy-client';

const file = (path: string, text: string): ConstitutionFile => ({ path, bytes: Buffer.from(text) });

export const everybody = '@id("all")\npermit (principal, action, resource);\n';
export const nothingLow = `${everybody}@id("nothing-low")
forbid (principal, action == Action::"send", resource) when { context.priority == "low" };
`;

/** A small constitution; its tests want that a query is sent. */
export const shop = (revision: number, policies = everybody): readonly ConstitutionFile[] => [
  file('manifest.yaml', `format: charterbus.constitution/1\nname: shop\nrevision: ${revision}\nengine: cedar\n`),
  file('policies/all.cedar', policies),
  file(
    'tests/all.yaml',
    `tests:
  - name: a query is sent
    sender: { tenant: west, id: planner }
    recipient: { tenant: west, id: worker }
    message: { type: query }
    expect: { verdict: allow, reasons: [all] }
`,
  ),
];

export const hashOf = (files: readonly ConstitutionFile[]): string => constitutionalHash(files);

/** Signs bundles, and says to servers whom to believe. */
export class Publisher {
  readonly #privateKey: string;
  readonly #publicKey: string;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.#publicKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    this.#privateKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  }

  publish(files: readonly ConstitutionFile[], stated: BundleStated = { status: 'published' }): Promise<Uint8Array> {
    const signer = { id: 'release', algorithm: 'EdDSA', scope: 'test', privateKey: this.#privateKey } as const;
    return signBundle(files, signer, stated);
  }

  /** The variables of a server that follows what is at the place. */
  environment(place: string, directory: string): Readonly<Record<string, string>> {
    const key = join(directory, 'release.pub');
    writeFileSync(key, this.#publicKey);
    return {
      CHARTERBUS_BUNDLE: place,
      CHARTERBUS_BUNDLE_NAME: 'shop',
      CHARTERBUS_BUNDLE_KEY: key,
      CHARTERBUS_BUNDLE_KEY_ID: 'release',
      CHARTERBUS_BUNDLE_SCOPE: 'test',
    };
  }
}
