import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { createBus } from '@charterbus/bus';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createServer } from '../../src/http/create-server.js';
import { httpLimits } from '../../src/http/limits.js';
import { operatorToken, refusalIn, ServerBench } from '../support/server-bench.js';

/** What the server answers to these bytes before it ends the connection. */
const speak = async (bench: ServerBench, bytes: string): Promise<string> => {
  const { port } = new URL(await bench.url());
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  socket.on('close', () => resolve(answer));
  socket.on('error', () => resolve(answer));
  socket.write(bytes);
  return promise;
};

describe('the server', () => {
  it('answers what is not HTTP with a problem document', async () => {
    await using bench = await ServerBench.open();
    const answer = await speak(bench, 'nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
    expect(answer).toContain('"code":"REQUEST_INVALID"');
  });

  it('answers headers that are too large', async () => {
    await using bench = await ServerBench.open();
    const answer = await speak(bench, `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"code":"HEADERS_TOO_LARGE"');
  });

  it.each([
    ['no host', 'X: y'],
    ['two hosts', 'Host: x\r\nHost: y'],
  ])('refuses a request that names %s', async (_, headers) => {
    await using bench = await ServerBench.open();
    const answer = await speak(bench, `GET /healthz HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('"code":"REQUEST_INVALID"');
  });

  it('refuses two credentials, of which a proxy may have checked the other', async () => {
    await using bench = await ServerBench.open();
    const { token } = await bench.register({ id: 'planner', tenant: 'acme' });
    const headers = [operatorToken, token].map((each) => `Authorization: Bearer ${each}\r\n`).join('');
    const answer = await speak(bench, `GET /v1/agents HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`);
    expect(answer).toContain('"code":"CREDENTIAL_REFUSED"');
  });

  it('bounds what a connection may take, and how long it may take for it', async () => {
    await using bench = await ServerBench.open();
    const { headersTimeout, requestTimeout, keepAliveTimeout, timeout, maxConnections } = bench.app.server;
    expect({ headersTimeout, requestTimeout, keepAliveTimeout, timeout, maxConnections }).toEqual({
      headersTimeout: httpLimits.headersMs,
      requestTimeout: httpLimits.requestMs,
      keepAliveTimeout: httpLimits.keepAliveMs,
      timeout: httpLimits.idleMs,
      maxConnections: httpLimits.connections,
    });
  });

  it('gives every request an id of its own, whatever the client says', async () => {
    await using bench = await ServerBench.open();
    const ids = [];
    for (let count = 0; count < 2; count++) {
      const reply = await bench.app.inject({ url: '/healthz', headers: { 'x-request-id': 'mine' } });
      ids.push(reply.headers['x-request-id']);
    }
    expect(new Set([...ids, 'mine']).size).toBe(3);
  });

  it('is not ready and begins nothing new while it drains', async () => {
    await using bench = await ServerBench.open();
    const { token } = await bench.register({ id: 'planner', tenant: 'acme' });
    expect((await bench.ask('GET', '/readyz')).status).toBe(200);
    bench.beginDrain();
    expect(refusalIn(await bench.ask('GET', '/readyz'))).toBe('BUS_DRAINING');
    expect((await bench.ask('GET', '/healthz')).status).toBe(200);
    const refused = await bench.ask('POST', '/v1/messages', { token, body: bench.draft('planner') });
    expect(refusalIn(refused)).toBe('BUS_DRAINING');
    expect(refused.headers['retry-after']).toBe('1');
    expect(refusalIn(await bench.ask('POST', '/v1/deliveries/claim', { token }))).toBe('BUS_DRAINING');
  });

  it('tells nothing of its own errors to the caller, and no token to the log', async () => {
    const lines: string[] = [];
    const sink = new Writable({ write: (chunk: Buffer, _, done) => (lines.push(chunk.toString()), done()) });
    await using bus = await createBus();
    const app = await createServer({ bus, operatorToken, logger: pino({ level: 'trace' }, sink) });
    Object.defineProperty(bus.operations, 'messages', {
      value: () => {
        throw new Error('the inner words');
      },
    });
    const headers = { authorization: `Bearer ${operatorToken}` };
    const reply = await app.inject({ url: '/v1/messages', headers });
    await app.close();
    expect(reply.statusCode).toBe(500);
    expect(reply.payload).not.toContain('inner words');
    expect(reply.json<{ code: string }>().code).toBe('INTERNAL_ERROR');
    expect(lines.join('')).toContain('the inner words');
    expect(lines.join('')).not.toContain(operatorToken);
  });

  it('takes a client that goes away in the middle of its body for no fault of its own', async () => {
    const lines: string[] = [];
    const sink = new Writable({ write: (chunk: Buffer, _, done) => (lines.push(chunk.toString()), done()) });
    await using bus = await createBus();
    const app = await createServer({ bus, operatorToken, logger: pino({ level: 'debug' }, sink) });
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const socket = connect(Number(port), '127.0.0.1');
    const head = `POST /v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${operatorToken}`;
    socket.write(`${head}\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`);
    // The server asks for the body once it has taken the request up.
    await once(socket, 'data');
    socket.destroy();
    await expect.poll(() => lines.join('')).toContain('request refused');
    await app.close();
    expect(lines.join('')).toContain('"code":"ABORTED"');
    expect(lines.join('')).not.toContain('INTERNAL_ERROR');
  });
});
