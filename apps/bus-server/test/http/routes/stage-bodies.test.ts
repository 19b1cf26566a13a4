import { request } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ConstitutionFile } from '@charterbus/core-models';
import { type BundleStated, buildBundle, bundleLimits } from '@charterbus/policy-client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpLimits } from '../../../src/http/limits.js';
import { hashOf, Publisher, shop } from '../../support/publisher.js';
import { refusalIn, ServerBench, operatorToken as token } from '../../support/server-bench.js';

const gzip = 'application/gzip';
const url = '/v1/constitution/staged';
const publisher = new Publisher();

describe('bodies that stage a constitution', { timeout: 30_000 }, () => {
  let bench: ServerBench;
  let bundle: Buffer;

  beforeAll(async () => {
    bench = await ServerBench.open();
    bundle = Buffer.from(await publisher.publish(shop(2)));
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const post = (body: unknown, type = gzip, headers: Readonly<Record<string, string>> = {}) =>
    bench.ask('POST', url, { token, body, type, headers });
  const staged = () => bench.bus.operations.constitution.staged.map(({ hash }) => hash);
  const built = async (files: readonly ConstitutionFile[], stated: BundleStated = {}) =>
    Buffer.from(await buildBundle(files, stated));

  it('may be a bundle, by either name, with what else there is to say in the query', async () => {
    const answer = await bench.ask('POST', `${url}?by=ada&shadow=true`, { token, body: bundle, type: gzip });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ name: 'shop', revision: 2, hash: hashOf(shop(2)), by: 'ada', shadow: true });
    const other = await post(await built(shop(3), { status: 'published' }), 'application/vnd.openpolicyagent.bundles');
    expect([other.status, other.body['by'], other.body['shadow']]).toEqual([201, 'operator', false]);
    for (const hash of staged()) bench.bus.operations.constitution.unstage(hash);
  });

  it('that are bundles are refused where they are cut, changed, or have something behind their end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bundle.length - 1 }), async (length) => {
        expect(refusalIn(await post(bundle.subarray(0, length)))).toBe('BUNDLE_INVALID');
      }),
      { numRuns: 50 },
    );
    const tar = gunzipSync(bundle);
    expect(refusalIn(await post(gzipSync(tar.subarray(0, tar.length / 2))))).toBe('BUNDLE_INVALID');
    expect(refusalIn(await post(Buffer.concat([bundle, Buffer.from('x')])))).toBe('BUNDLE_INVALID');
    expect(refusalIn(await post(Buffer.from('{"files":{}}')))).toBe('BUNDLE_INVALID');
    expect(refusalIn(await post(gzipSync('not a tar')))).toBe('BUNDLE_INVALID');
    expect(staged()).toEqual([]);
  });

  it('of any bytes are refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.boolean(), async (bytes, packed) => {
        const body = packed ? gzipSync(bytes) : Buffer.from(bytes);
        expect(refusalIn(await post(body))).toBe('BUNDLE_INVALID');
      }),
    );
  });

  it('that are too large are refused, also where they become so', async () => {
    const bomb = gzipSync(Buffer.alloc(bundleLimits.inflatedBytes + 1));
    expect(bomb.length).toBeLessThan(100_000);
    expect(refusalIn(await post(bomb))).toBe('BUNDLE_INVALID');
    expect(refusalIn(await post(Buffer.alloc(bundleLimits.compressedBytes + 1)))).toBe('BUNDLE_INVALID');
    const beyond = Buffer.alloc(httpLimits.stageBytes + 1, ' ');
    expect(refusalIn(await post(beyond))).toBe('REQUEST_TOO_LARGE');
    expect(refusalIn(await post(beyond, 'application/json'))).toBe('REQUEST_TOO_LARGE');
  });

  it('that are JSON are refused where they are cut, of another shape, or hold what is no Base64 or no path', async () => {
    const files = Object.fromEntries(shop(2).map(({ path, bytes }) => [path, Buffer.from(bytes).toString('base64')]));
    const text = JSON.stringify({ files });
    const json = async (body: unknown) => refusalIn(await post(body, 'application/json'));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: text.length - 1 }), async (length) => {
        expect(await json(Buffer.from(text.slice(0, length)))).toBe('MESSAGE_MALFORMED');
      }),
      { numRuns: 50 },
    );
    expect(await json({})).toBe('REQUEST_INVALID');
    expect(await json({ files: [] })).toBe('REQUEST_INVALID');
    expect(await json({ files, more: 1 })).toBe('REQUEST_INVALID');
    expect(await json({ files: { ...files, 'manifest.yaml': 'no base64!' } })).toBe('REQUEST_INVALID');
    expect(await json(`{"files": {"a": "", "a": ""}}`)).toBe('REQUEST_INVALID');
    expect(await json({ files: { ...files, '../up': '' } })).toBe('CONSTITUTION_INVALID');
    expect(await json({ files: { ...files, [`policies/${'a'.repeat(600)}`]: '' } })).toBe('REQUEST_INVALID');
    expect(await json({ files: {} })).toBe('CONSTITUTION_INVALID');
    expect(staged()).toEqual([]);
  });

  it('are of a known type, not compressed once more, and bundles nowhere else', async () => {
    expect(refusalIn(await post(bundle, 'application/octet-stream'))).toBe('MEDIA_TYPE_UNSUPPORTED');
    expect(refusalIn(await post(gzipSync(bundle), gzip, { 'content-encoding': 'gzip' }))).toBe(
      'MEDIA_TYPE_UNSUPPORTED',
    );
    const elsewhere = await bench.ask('POST', '/v1/agents', { token, body: bundle, type: gzip });
    expect(refusalIn(elsewhere)).toBe('MEDIA_TYPE_UNSUPPORTED');
    expect(refusalIn(await bench.ask('POST', `${url}?dry=1`, { token, body: bundle, type: gzip }))).toBe(
      'REQUEST_INVALID',
    );
  });

  it.each([gzip, 'application/json'])('of %s that end before their length is reached stage nothing', async (type) => {
    const { port, hostname } = new URL(await bench.url());
    const headers = { authorization: `Bearer ${token}`, 'content-type': type, 'content-length': bundle.length };
    const sent = request({ host: hostname, port, path: url, method: 'POST', headers });
    const ended = new Promise((resolve) => {
      sent.on('error', resolve);
      sent.on('close', resolve);
    });
    sent.write(bundle.subarray(0, 100), () => sent.destroy());
    await ended;
    expect((await bench.ask('GET', '/readyz')).status).toBe(200);
    expect(staged()).toEqual([]);
  });

  it('are no bundles that say of themselves that they may not be in force, without keys either', async () => {
    expect(refusalIn(await post(await built(shop(4), { status: 'draft' })))).toBe('BUNDLE_NOT_PUBLISHED');
    expect(refusalIn(await post(await built(shop(5), { status: 'revoked' })))).toBe('BUNDLE_REVOKED');
    expect(staged()).toEqual([]);
  });
});
