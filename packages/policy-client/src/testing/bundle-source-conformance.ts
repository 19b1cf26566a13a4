import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { ConstitutionalError, type ConstitutionFile } from '@charterbus/core-models';
import { signBundle } from '../bundle/build-bundle.js';
import { BundleTrust } from '../bundle/signature/bundle-trust.js';
import type { BundleSource } from '../bundle/sources/bundle-source.js';
import type { BundleStatus } from '../bundle/verified-bundle.js';
import type { ConformanceRunner } from './conformance.js';

/** A source of its own for one test, and a way to change what it has. */
export interface SourceUnderTest extends AsyncDisposable {
  readonly source: BundleSource;
  give(bytes: Uint8Array): Promise<void>;
}

/** Makes a source that believes the trust and has the bytes. */
export type SourceFactory = (trust: BundleTrust, bytes: Uint8Array) => Promise<SourceUnderTest>;

const publisher = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = { id: 'suite', algorithm: 'EdDSA' as const };
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const files = (revision: number): readonly ConstitutionFile[] => {
    const manifest = `format: charterbus.constitution/1\nname: suite\nrevision: ${revision}\nengine: cedar\n`;
    return [{ path: 'manifest.yaml', bytes: Buffer.from(manifest) }];
  };
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return {
    trust: new BundleTrust({ keys: [{ ...key, publicKey: publicPem }], scope: 'suite' }),
    publish: (revision: number, status: BundleStatus = 'published') =>
      signBundle(files(revision), { ...key, privateKey: pem, scope: 'suite' }, { status }),
  };
};

/** What every `BundleSource` keeps to. */
export const bundleSourceConformance = ({ describe, it }: ConformanceRunner, make: SourceFactory): void => {
  const forever = new AbortController().signal;

  describe('a bundle source', () => {
    it('gives what it has at once, verified and under its own name', async () => {
      const { trust, publish } = publisher();
      await using subject = await make(trust, await publish(3));
      const { name, revision, status, signedBy, source } = await subject.source.next(undefined, forever);
      assert.deepEqual(
        { name, revision, status, signedBy, source },
        { name: 'suite', revision: 3, status: 'published', signedBy: 'suite', source: subject.source.name },
      );
    });

    it('waits until it has another, also of another status alone', async () => {
      const { trust, publish } = publisher();
      await using subject = await make(trust, await publish(1));
      const first = await subject.source.next(undefined, forever);
      const second = subject.source.next(first, forever);
      await subject.give(await publish(2));
      assert.equal((await second).revision, 2);
      const third = subject.source.next(await second, forever);
      await subject.give(await publish(2, 'revoked'));
      assert.deepEqual([(await third).revision, (await third).status], [2, 'revoked']);
    });

    it('gives nothing that nobody trusted signed, and what is right after that', async () => {
      const { trust, publish } = publisher();
      await using subject = await make(trust, await publish(1));
      const first = await subject.source.next(undefined, forever);
      await subject.give(await publisher().publish(2));
      await assert.rejects(subject.source.next(first, forever), (error: unknown) => {
        return ConstitutionalError.isInstance(error) && error.code === 'BUNDLE_SIGNATURE_INVALID';
      });
      await subject.give(await publish(3));
      assert.equal((await subject.source.next(first, forever)).revision, 3);
    });

    it('waits no longer than its caller', async () => {
      const { trust, publish } = publisher();
      await using subject = await make(trust, await publish(1));
      const first = await subject.source.next(undefined, forever);
      const patience = new AbortController();
      const waiting = subject.source.next(first, patience.signal);
      const reason = new Error('enough');
      patience.abort(reason);
      await assert.rejects(waiting, reason);
      await assert.rejects(subject.source.next(undefined, patience.signal), reason);
    });
  });
};
