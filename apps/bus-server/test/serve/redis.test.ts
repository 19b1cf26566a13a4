import { join } from 'node:path';
import { type RedisServer, redisServer, requireService, startRedis } from '@charterbus/tooling/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

const operatorToken = 'cbo_of-all-servers-together';
const patience = { timeout: 15_000 };

describe('charterbus serve on Redis', () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let redis: RedisServer;

  beforeEach(async (context) => {
    requireService(context, redisServer);
    scratch = scratchDirectory();
    redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  });
  afterEach(async () => {
    await redis[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  const serve = (name: string): ServerProcess =>
    ServerProcess.serve(join(scratch.path, name), {
      CHARTERBUS_REDIS_URL: redis.url,
      CHARTERBUS_OPERATOR_TOKEN: operatorToken,
    });

  it('shares agents, messages and deliveries between servers, and outlives one that is killed', async () => {
    await using first = serve('first');
    await using second = serve('second');
    const [here, there] = [await first.url, await second.url];
    const operator = new Client(here, operatorToken);
    const planner = await operator.agent({ id: 'planner', tenant: 'acme' });
    const worker = (await operator.agent({ id: 'worker', tenant: 'acme' })).at(there);
    const { body: constitution } = await planner.ask('GET', '/v1/constitution');
    const send = (client: Client, content: string) =>
      client.ask('POST', '/v1/messages', {
        to: { agent: 'worker' },
        type: 'event',
        content,
        constitutionalHash: constitution['shortHash'],
      });
    const { status, body } = await send(planner, 'one');
    expect([status, body['durability']]).toEqual([202, 'fsync']);
    await expect
      .poll(async () => (await worker.ask('POST', '/v1/deliveries/claim', { waitMs: 0 })).status, patience)
      .toBe(200);
    first.signal('SIGKILL');
    await first.ended;
    const other = await send(planner.at(there), 'two');
    expect(other.status).toBe(202);
    const claimed = await worker.ask('POST', '/v1/deliveries/claim', { waitMs: 5000 });
    const [delivery] = claimed.body['deliveries'] as readonly { readonly message: { readonly content: string } }[];
    expect(delivery?.message.content).toBe('two');
    second.signal('SIGTERM');
    expect(await second.ended).toEqual({ code: 0, signal: null });
    // A busy machine may lose a connection, which is made anew; nothing may have failed.
    expect(second.errors).not.toContain('"level":50');
  });

  it('does not start without its Redis, and says so in a sentence', async () => {
    await redis.kill();
    await using server = serve('first');
    expect(await server.ended).toEqual({ code: 3, signal: null });
    expect(server.errors.split('\n').at(-2)).toBe('Redis cannot be reached.');
  });
});
