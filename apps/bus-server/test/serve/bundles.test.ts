import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BundleService } from '@charterbus/tooling/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everybody, hashOf, nothingLow, Publisher, shop } from '../support/publisher.js';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

const publisher = new Publisher();
const stranger = new Publisher();
const failing = '@id("all")\npermit (principal, action, resource) when { context.priority == "low" };\n';

describe('a server that follows bundles', { timeout: 60_000 }, () => {
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

  const environment = (more: Readonly<Record<string, string>> = {}) => ({
    CHARTERBUS_PORT: '0',
    CHARTERBUS_DATA_DIR: data,
    ...publisher.environment(service.url, scratch.path),
    ...more,
  });
  const serve = (more: Readonly<Record<string, string>> = {}) =>
    new ServerProcess(['serve', '--log-level', 'info'], environment(more));

  const publish = async (...args: Parameters<Publisher['publish']>): Promise<void> =>
    service.publish(await publisher.publish(...args));

  const operatorOf = async (server: ServerProcess) => Client.operator(await server.url, data);
  const inForce = async (server: ServerProcess): Promise<unknown> =>
    (await (await operatorOf(server)).ask('GET', '/v1/constitution')).body['revision'];
  const history = async (server: ServerProcess) => {
    const { body } = await (await operatorOf(server)).ask('GET', '/v1/constitution/history');
    const activations = body['activations'] as { kind: string; revision: number; by: string; why: string }[];
    return activations.map(({ kind, revision, by, why }) => [kind, revision, by, why]);
  };
  const refused = async (server: ServerProcess) => {
    const { body } = await (await operatorOf(server)).ask('GET', '/v1/constitution/bundles');
    return (body['refused'] as { source: string; code: string }[]).map(({ source, code }) => `${source} ${code}`);
  };
  const stop = async (server: ServerProcess, signal: NodeJS.Signals = 'SIGKILL') => {
    server.signal(signal);
    return server.ended;
  };
  /** What a message of low priority meets under the constitution in force. */
  const sendLow = async (server: ServerProcess, planner: Client) => {
    const { body } = await (await operatorOf(server)).ask('GET', '/v1/constitution');
    const { shortHash: constitutionalHash } = body;
    const draft = { to: { agent: 'worker' }, type: 'query', content: 1, priority: 'low', constitutionalHash };
    return planner.ask('POST', '/v1/messages', draft);
  };
  const agents = async (server: ServerProcess): Promise<Client> => {
    const operator = await operatorOf(server);
    await operator.agent({ id: 'worker', tenant: 'west' });
    return operator.agent({ id: 'planner', tenant: 'west' });
  };

  it('begins with what the service has, and takes what is newer while it runs', async () => {
    await publish(shop(1));
    await using server = serve({ CHARTERBUS_BUNDLE_TOKEN: 'the-token' });
    expect(await inForce(server)).toBe(1);
    expect(service.requests[0]?.authorization).toBe('Bearer the-token');
    expect(server.errors).not.toContain('the-token');
    const planner = await agents(server);
    expect((await sendLow(server, planner)).status).toBe(202);
    await publish(shop(2, nothingLow));
    await server.logged('bundle in force', 2);
    expect(await inForce(server)).toBe(2);
    expect((await sendLow(server, planner)).body['reasons']).toEqual(['nothing-low']);
    expect(await history(server)).toEqual([
      ['activate', 2, 'bundles: primary', 'published, signed by release'],
      ['start', 1, 'bundles: primary', 'published, signed by release'],
    ]);
    expect((await stop(server, 'SIGTERM')).code).toBe(0);
  });

  it('stays with what is in force where a bundle is badly signed, fails its tests, or is older', async () => {
    await publish(shop(5));
    await using server = serve();
    expect(await inForce(server)).toBe(5);
    service.publish(await stranger.publish(shop(6)));
    await server.logged('BUNDLE_SIGNATURE_INVALID');
    await publish(shop(7, failing));
    await server.logged('CONSTITUTION_TESTS_FAILED');
    await publish(shop(4));
    await server.logged('BUNDLE_STALE');
    await publish(shop(8), { status: 'draft' });
    await server.logged('BUNDLE_NOT_PUBLISHED');
    expect(await inForce(server)).toBe(5);
    expect(await refused(server)).toEqual(
      expect.arrayContaining([
        'primary BUNDLE_NOT_PUBLISHED',
        'primary BUNDLE_STALE',
        'primary CONSTITUTION_TESTS_FAILED',
        'primary BUNDLE_SIGNATURE_INVALID',
      ]),
    );
    await publish(shop(9));
    await server.logged('bundle in force', 2);
    expect(await inForce(server)).toBe(9);
  });

  it('lets nothing pass once what is in force is revoked, and says why', async () => {
    await publish(shop(1));
    await using server = serve();
    const planner = await agents(server);
    expect((await sendLow(server, planner)).status).toBe(202);
    await publish(shop(1), { status: 'revoked' });
    await server.logged('revoked by its publisher');
    const { status, body } = await sendLow(server, planner);
    expect([status, body['reasons']]).toEqual([403, ['CONSTITUTION_REVOKED']]);
    expect((await history(server))[0]).toEqual(['revoke', 1, 'bundles: primary', 'revoked by its publisher']);
    await publish(shop(2));
    await server.logged('bundle in force', 2);
    expect((await sendLow(server, planner)).status).toBe(202);
  });

  it('does not begin with what was revoked, although it is kept and the service is down', async () => {
    await publish(shop(1));
    const environmentOfAll = environment();
    {
      await using server = serve();
      expect(await inForce(server)).toBe(1);
      await publish(shop(1), { status: 'revoked' });
      await server.logged('revoked by its publisher');
      await stop(server);
    }
    service.fault({ kind: 'status', status: 500 });
    await using server = new ServerProcess(['serve'], environmentOfAll);
    expect((await server.ended).code).toBe(4);
    expect(server.output).toBe('');
    expect(server.errors).toContain(
      'cache (BUNDLE_REVOKED), primary (BUNDLE_UNAVAILABLE), last-known-good (BUNDLE_REVOKED)',
    );
  });

  it('begins again while the service is down, from its cache or from what was in force last', async () => {
    await publish(shop(1));
    {
      await using server = serve();
      expect(await inForce(server)).toBe(1);
      await stop(server);
    }
    service.fault({ kind: 'status', status: 500 });
    {
      await using server = serve();
      expect(await inForce(server)).toBe(1);
      expect(await history(server)).toHaveLength(1);
      await stop(server);
    }
    const cache = join(data, 'bundles', 'shop.cache.tar.gz');
    const bytes = readFileSync(cache);
    writeFileSync(cache, await stranger.publish(shop(9)));
    {
      await using server = serve();
      expect(await inForce(server)).toBe(1);
      expect(await refused(server)).toContain('cache BUNDLE_SIGNATURE_INVALID');
      await stop(server);
    }
    writeFileSync(cache, bytes.subarray(0, bytes.length / 2));
    await using server = serve();
    expect(await inForce(server)).toBe(1);
    expect(await refused(server)).toContain('cache BUNDLE_INVALID');
  });

  it('begins with the next source where the cache holds what fails its tests', async () => {
    await publish(shop(1));
    {
      await using server = serve();
      await server.url;
      await publish(shop(2, failing));
      await server.logged('CONSTITUTION_TESTS_FAILED');
      await stop(server);
    }
    service.fault({ kind: 'status', status: 500 });
    await using server = serve();
    expect(await inForce(server)).toBe(1);
    expect(await refused(server)).toContain('cache CONSTITUTION_TESTS_FAILED');
  });

  it('stays with what an operator went back to, also after a restart, until something newer than all comes', async () => {
    await publish(shop(1));
    {
      await using server = serve();
      await server.url;
      await publish(shop(2, nothingLow));
      await server.logged('bundle in force', 2);
      const back = await (await operatorOf(server)).ask('POST', '/v1/constitution/rollback', { reason: 'too strict' });
      expect(back.body).toMatchObject({ kind: 'rollback', revision: 1 });
      await publish(shop(2, nothingLow), { status: 'deprecated' });
      await server.logged('BUNDLE_STALE');
      expect(await inForce(server)).toBe(1);
      await stop(server);
    }
    await using server = serve();
    expect(await inForce(server)).toBe(1);
    expect((await history(server)).map(([kind]) => kind)).toEqual(['rollback', 'activate', 'start']);
    await publish(shop(3));
    await server.logged('"revision":3');
    expect(await inForce(server)).toBe(3);
  });

  it('does not start where no source has one that may be in force', async () => {
    service.publish(await stranger.publish(shop(1)));
    await using server = serve();
    expect((await server.ended).code).toBe(4);
    const last = server.errors.trimEnd().split('\n').at(-1);
    expect(last).toBe(
      'No source has a bundle that may be in force: cache (BUNDLE_UNAVAILABLE), primary (BUNDLE_SIGNATURE_INVALID), last-known-good (BUNDLE_UNAVAILABLE). The log says why.',
    );
  });

  it('takes nothing from an operator that is not signed, in whatever form', async () => {
    await publish(shop(1));
    await using server = serve();
    const operator = await operatorOf(server);
    const files = Object.fromEntries(shop(2).map(({ path, bytes }) => [path, Buffer.from(bytes).toString('base64')]));
    const inJson = await operator.ask('POST', '/v1/constitution/staged', { files });
    expect([inJson.status, inJson.body['code']]).toEqual([422, 'BUNDLE_SIGNATURE_INVALID']);
    const strange = await operator.post('/v1/constitution/staged', await stranger.publish(shop(2)), 'application/gzip');
    expect([strange.status, strange.body['code']]).toEqual([422, 'BUNDLE_SIGNATURE_INVALID']);
    const good = await operator.post(
      '/v1/constitution/staged?by=ada&shadow=true',
      await publisher.publish(shop(2)),
      'application/vnd.openpolicyagent.bundles',
    );
    expect(good).toMatchObject({ status: 201, body: { hash: hashOf(shop(2)), by: 'ada', shadow: true } });
  });

  it('takes fallbacks in order, and a directory without signatures only where that is said', async () => {
    service.fault({ kind: 'status', status: 500 });
    const second = join(scratch.path, 'second.tar.gz');
    writeFileSync(second, await publisher.publish(shop(3, everybody)));
    const first = join(scratch.path, 'absent.tar.gz');
    await using server = serve({ CHARTERBUS_BUNDLE_FALLBACKS: `${first}, ${second}` });
    expect(await inForce(server)).toBe(3);
    expect((await history(server))[0]?.[2]).toBe('bundles: fallback 2');
  });
});
