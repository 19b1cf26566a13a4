import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  type RedisServer,
  type RedisServerOptions,
  redisServer,
  requireService,
  startRedis,
} from '../../testing/index.ts';

beforeEach((context) => void requireService(context, redisServer));

const start = async (options: RedisServerOptions = {}): Promise<RedisServer> => {
  const server = await startRedis(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
};

const client = async ({ port }: RedisServer): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
};

const say = async (socket: Socket, line: string): Promise<string> => {
  socket.write(`${line}\r\n`);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString().trim();
};

test('a server answers on its own port when it has started, two have nothing in common', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  const [first, second] = await Promise.all([client(one), client(other)]);
  expect(await say(first, 'SET name one')).toBe('+OK');
  expect(await say(second, 'EXISTS name')).toBe(':0');
  expect(one.url).toBe(`redis://127.0.0.1:${one.port}`);
});

test('without arguments nothing outlives a kill, and it comes back on the same port', async () => {
  const server = await start();
  const before = await client(server);
  await say(before, 'SET name value');
  const { url, pid } = server;
  await server.kill();
  await server.restart();
  expect([server.url, server.pid === pid]).toEqual([url, false]);
  expect(await say(await client(server), 'EXISTS name')).toBe(':0');
});

test('with a synced append-only file what was answered outlives a kill', async () => {
  const server = await start({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  await say(await client(server), 'SET name value');
  await server.kill();
  await server.restart();
  expect(await say(await client(server), 'EXISTS name')).toBe(':1');
});

test('a server that runs is restarted in order', async () => {
  const server = await start({ args: ['--appendonly', 'yes'] });
  const socket = await client(server);
  await say(socket, 'SET name value');
  const closed = once(socket, 'close');
  await server.restart();
  await closed;
  expect(await say(await client(server), 'EXISTS name')).toBe(':1');
});

test('a paused server keeps its connections and answers when it is resumed', async () => {
  const [paused, other] = await Promise.all([start(), start()]);
  const [still, running] = await Promise.all([client(paused), client(other)]);
  paused.pause();
  const answer = say(still, 'PING');
  for (let times = 0; times < 20; times += 1) {
    expect(await Promise.race([answer, say(running, 'ECHO running').then(() => 'running')])).toBe('running');
  }
  paused.resume();
  expect(await answer).toBe('+PONG');
});

test('a directive is changed while it runs, or refused with the reason', async () => {
  const server = await start();
  await server.configure('maxmemory', '1');
  expect(await say(await client(server), 'SET name value')).toMatch(/^-OOM/);
  await expect(server.configure('no-such', 'thing')).rejects.toThrow(/refused no-such thing: -ERR/);
});

test('a server that cannot start is said, and leaves no directory', async () => {
  await expect(startRedis({ args: ['--no-such-directive', 'x'] })).rejects.toThrow(/did not start.*no-such-directive/s);
  await expect(startRedis({ program: '/no/such/redis-server' })).rejects.toThrow('did not start');
  const server = await start();
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  expect(existsSync(server.directory)).toBe(false);
});
