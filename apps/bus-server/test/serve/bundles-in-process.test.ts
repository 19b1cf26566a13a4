import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readServerConfiguration } from '@charterbus/core-models';
import { BundleService } from '@charterbus/tooling/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { serverLogger } from '../../src/serve/server-logger.js';
import { startServer } from '../../src/serve/start-server.js';
import { everybody, nothingLow, Publisher, shop } from '../support/publisher.js';
import { Client, scratchDirectory } from '../support/server-process.js';

const publisher = new Publisher();
const stranger = new Publisher();
const failing = '@id("all")\npermit (principal, action, resource) when { context.priority == "low" };\n';

/** The same server as in a process of its own, so that every branch of it can be looked at from here. */
describe('a server in this process that follows bundles', { timeout: 60_000 }, () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let service: BundleService;
  let data: string;

  beforeEach(async () => {
    scratch = scratchDirectory();
    data = join(scratch.path, 'data');
    service = await BundleService.start();
  });
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  const publish = async (...args: Parameters<Publisher['publish']>): Promise<void> =>
    service.publish(await publisher.publish(...args));

  const start = async (
    environment: Readonly<Record<string, string>> = publisher.environment(service.url, scratch.path),
  ) => {
    const all = { CHARTERBUS_PORT: '0', CHARTERBUS_DATA_DIR: data, CHARTERBUS_DRAIN_MS: '2000', ...environment };
    const server = await startServer(readServerConfiguration(all), serverLogger('silent'));
    onTestFinished(async () => void (await server.drain()));
    const operator = Client.operator(server.url, data);
    const revision = async () => (await operator.ask('GET', '/v1/constitution')).body['revision'];
    const refused = async () => {
      const { body } = await operator.ask('GET', '/v1/constitution/bundles');
      return (body['refused'] as { source: string; code: string }[]).map(({ source, code }) => `${source} ${code}`);
    };
    return { server, operator, revision, refused };
  };

  const poll = { timeout: 20_000 };

  it('takes what is newer, refuses what is wrong, and stops at what is revoked', async () => {
    await publish(shop(5));
    const { operator, revision, refused } = await start();
    expect(await revision()).toBe(5);
    service.publish(await stranger.publish(shop(6)));
    await expect.poll(refused, poll).toContain('primary BUNDLE_SIGNATURE_INVALID');
    await publish(shop(7, failing));
    await expect.poll(refused, poll).toContain('primary CONSTITUTION_TESTS_FAILED');
    await publish(shop(4));
    await expect.poll(refused, poll).toContain('primary BUNDLE_STALE');
    await publish(shop(8), { status: 'draft' });
    await expect.poll(refused, poll).toContain('primary BUNDLE_NOT_PUBLISHED');
    await publish(shop(9, nothingLow));
    await expect.poll(revision, poll).toBe(9);
    const back = await operator.ask('POST', '/v1/constitution/rollback', { reason: 'too strict' });
    expect(back.body).toMatchObject({ kind: 'rollback', revision: 5 });
    await publish(shop(9, nothingLow), { status: 'deprecated' });
    await publish(shop(10));
    await expect.poll(revision, poll).toBe(10);
    await publish(shop(10), { status: 'revoked' });
    const kinds = async () => {
      const { body } = await operator.ask('GET', '/v1/constitution/history');
      return (body['activations'] as { kind: string }[])[0]?.kind;
    };
    await expect.poll(kinds, poll).toBe('revoke');
  });

  it('begins from its cache, else from what was in force, and refuses what is unsigned', async () => {
    await publish(shop(1));
    {
      const { server, operator } = await start();
      const files = Object.fromEntries(shop(2).map(({ path, bytes }) => [path, Buffer.from(bytes).toString('base64')]));
      const staged = await operator.ask('POST', '/v1/constitution/staged', { files });
      expect([staged.status, staged.body['code']]).toEqual([422, 'BUNDLE_SIGNATURE_INVALID']);
      await server.drain();
    }
    service.fault({ kind: 'status', status: 500 });
    {
      const { server, revision } = await start();
      expect(await revision()).toBe(1);
      await server.drain();
    }
    writeFileSync(join(data, 'bundles', 'shop.cache.tar.gz'), await stranger.publish(shop(9)));
    const { revision, refused } = await start();
    expect(await revision()).toBe(1);
    expect(await refused()).toContain('cache BUNDLE_SIGNATURE_INVALID');
  });

  it('does not begin where nothing may be in force, nor with keys or places that are none', async () => {
    service.publish(await stranger.publish(shop(1)));
    await expect(start()).rejects.toMatchObject({ code: 'BUNDLE_UNAVAILABLE' });
    const environment = publisher.environment(service.url, scratch.path);
    const noKey = { ...environment, CHARTERBUS_BUNDLE_KEY: join(scratch.path, 'absent.pem') };
    await expect(start(noKey)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    writeFileSync(join(scratch.path, 'no.pem'), 'no key');
    const badKey = { ...environment, CHARTERBUS_BUNDLE_KEY: join(scratch.path, 'no.pem') };
    await expect(start(badKey)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });

  it('asks fallbacks in order', async () => {
    service.fault({ kind: 'status', status: 500 });
    const second = join(scratch.path, 'second.tar.gz');
    writeFileSync(second, await publisher.publish(shop(3, everybody)));
    const fallbacks = `${join(scratch.path, 'absent.tar.gz')}, ${second}`;
    const environment = publisher.environment(service.url, scratch.path);
    const { revision } = await start({ ...environment, CHARTERBUS_BUNDLE_FALLBACKS: fallbacks });
    expect(await revision()).toBe(3);
  });

  it('follows a directory without signatures where that is said', async () => {
    const directory = join(scratch.path, 'shop');
    const write = (number: number): void => {
      for (const { path, bytes } of shop(number)) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), bytes);
      }
    };
    write(1);
    const unsigned = {
      CHARTERBUS_BUNDLE: directory,
      CHARTERBUS_BUNDLE_NAME: 'shop',
      CHARTERBUS_BUNDLE_UNSIGNED: 'true',
    };
    const { server, revision } = await start(unsigned);
    expect(await revision()).toBe(1);
    write(2);
    await expect.poll(revision, poll).toBe(2);
    await server.drain();
    expect(await (await start(unsigned)).revision()).toBe(2);
  });
});
