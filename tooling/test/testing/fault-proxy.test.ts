import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from '../../testing/fault-proxy.js';

/** A server that gives back what it gets, and tells what it got. */
async function startEcho() {
  const received: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      received.push(bytes);
      socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, received: () => Buffer.concat(received).toString() };
}

async function start() {
  const echo = await startEcho();
  const proxy = await FaultProxy.start(echo.port);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const client = connect(proxy.port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  await once(client, 'connect');
  return { echo, proxy, client };
}

async function read(socket: Socket, bytes: number): Promise<{ text: string; pieces: number }> {
  let text = '';
  let pieces = 0;
  while (text.length < bytes) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString();
    pieces += 1;
  }
  return { text, pieces };
}

const codeOf = async (socket: Socket): Promise<unknown> => {
  const [error] = (await once(socket, 'error')) as [Error & { code?: string }];
  return error.code;
};

test('without a fault it passes everything both ways, and the end too', async () => {
  const { client } = await start();
  const all = 'x'.repeat(200_000);
  client.write(all);
  expect((await read(client, all.length)).text).toBe(all);
  client.end();
  await once(client, 'close');
});

test('cut replies arrive up to the byte, then the connection ends; the server has the request', async () => {
  const { client, echo, proxy } = await start();
  proxy.set('replies', { kind: 'cut', afterBytes: 3 });
  client.write('hello');
  const [, { text }] = await Promise.all([once(client, 'end'), read(client, 3)]);
  expect([text, echo.received()]).toEqual(['hel', 'hello']);
});

test('cut requests never arrive beyond the byte', async () => {
  const { client, echo, proxy } = await start();
  proxy.set('requests', { kind: 'cut', afterBytes: 2 });
  client.on('data', () => undefined);
  const code = codeOf(client);
  client.write('hello');
  expect(await code).toBe('ECONNRESET');
  // The server's side may still be on its way.
  await expect.poll(echo.received).toBe('he');
});

test('sliced bytes come in pieces, delayed ones in order', async () => {
  const { client, proxy } = await start();
  proxy.set('replies', { kind: 'slice', bytes: 1 });
  client.write('hello');
  const sliced = await read(client, 5);
  expect(sliced.text).toBe('hello');
  expect(sliced.pieces).toBeGreaterThan(1);
  proxy.set('replies', { kind: 'delay', milliseconds: 5 });
  client.write('a');
  client.write('b');
  expect((await read(client, 2)).text).toBe('ab');
});

test('swallowed replies never come while the connection stays open, until it is cut', async () => {
  const { client, echo, proxy } = await start();
  proxy.set('replies', { kind: 'swallow' });
  client.write('first');
  await expect.poll(echo.received).toBe('first');
  expect(client.destroyed).toBe(false);
  const code = codeOf(client);
  proxy.cutAll();
  expect(await code).toBe('ECONNRESET');
});

test('refused connections are counted, and welcome again after it heals', async () => {
  const { client, proxy } = await start();
  const first = codeOf(client);
  proxy.refuse();
  expect(await first).toBe('ECONNRESET');
  const refused = connect(proxy.port, '127.0.0.1');
  expect(await codeOf(refused)).toBe('ECONNRESET');
  proxy.heal();
  const welcome = connect(proxy.port, '127.0.0.1');
  onTestFinished(() => void welcome.destroy());
  welcome.write('again');
  expect((await read(welcome, 5)).text).toBe('again');
  expect(proxy.connections).toBe(3);
});
