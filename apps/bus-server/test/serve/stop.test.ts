import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

describe('a signal to charterbus serve', () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let data: string;

  beforeEach(() => {
    scratch = scratchDirectory();
    data = join(scratch.path, 'data');
  });
  afterEach(() => scratch[Symbol.dispose]());

  /** An agent that is waiting for a delivery, so that the server has something to let go. */
  const waitForDelivery = async (url: string) => {
    const worker = await Client.operator(url, data).agent({ id: 'worker', tenant: 'acme' });
    const waiting = worker.ask('POST', '/v1/deliveries/claim', { waitMs: 60_000 });
    // Requests of one agent are counted when they arrive: another one answers only after the first was taken up.
    await worker.ask('POST', '/v1/deliveries/claim', { waitMs: 0 });
    return waiting;
  };

  it.each(['SIGTERM', 'SIGINT'] as const)('%s drains it, lets long polls go, and ends it with 0', async (signal) => {
    await using server = ServerProcess.serve(data);
    const url = await server.url;
    const operator = Client.operator(url, data);
    const planner = await operator.agent({ id: 'planner', tenant: 'acme' });
    const waiting = waitForDelivery(url);
    const { body } = await planner.ask('GET', '/v1/constitution');
    await expect.poll(async () => (await operator.ask('GET', '/v1/agents/worker')).status).toBe(200);
    await planner.ask('POST', '/v1/messages', {
      to: { agent: 'planner' },
      type: 'event',
      content: 1,
      constitutionalHash: body['shortHash'],
    });
    server.signal(signal);
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(await waiting.catch(() => 'cut')).not.toBe('cut');
    expect(server.output).toMatch(/^Charterbus has stopped: 1 queued, 0 leased and 0 held stay for the next start\.$/m);
    expect(server.errors).toBe('');
  });

  it.each([
    ['that never sent a request', ''],
    ['with half a request', 'GET /healthz HTTP/1.1\r\nHo'],
    ['with half of a second request', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /heal'],
  ])('does not wait for a connection %s', async (_, bytes) => {
    await using server = ServerProcess.serve(data, { CHARTERBUS_DRAIN_MS: '600000' });
    const url = await server.url;
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket.resume(), 'connect');
    socket.on('error', () => socket.destroy());
    socket.write(bytes);
    // Connections are taken in the order of their coming: once a later one is answered, the server has this one.
    expect((await Client.operator(url, data).ask('GET', '/v1/agents')).status).toBe(200);
    server.signal('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.output).toMatch(/for the next start\.$/m);
  });

  it('drains it also when nobody reads its output any more', async () => {
    await using server = ServerProcess.serve(data);
    await server.url;
    server.stopReading();
    server.signal('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });
  });

  /** A client that never ends its request, which is what a drain has to wait for. */
  const hangOn = async (url: string) => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    const operator = readFileSync(join(data, 'operator.token'), 'utf8').trim();
    const head = `POST /v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${operator}\r\nContent-Type: application/json`;
    socket.write(`${head}\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n`);
    // The server asks for the body once it has taken the request up.
    await once(socket, 'data');
    socket.on('error', () => socket.destroy());
    return socket;
  };

  it('cuts off, when the time of the drain is over, who does not end', async () => {
    await using server = ServerProcess.serve(data, { CHARTERBUS_DRAIN_MS: '200' });
    const socket = await hangOn(await server.url);
    server.signal('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });
    socket.destroy();
  });

  it('ends it at once when it is the second', async () => {
    await using server = ServerProcess.serve(data, { CHARTERBUS_DRAIN_MS: '600000' });
    const socket = await hangOn(await server.url);
    server.signal('SIGTERM');
    await expect.poll(() => server.output).toContain('SIGTERM: draining.');
    server.signal('SIGINT');
    expect(await server.ended).toEqual({ code: 130, signal: null });
    socket.destroy();
  });

  it('drains it so that the next start finds everything', async () => {
    {
      await using server = ServerProcess.serve(data);
      await Client.operator(await server.url, data).agent({ id: 'worker', tenant: 'acme' });
      server.signal('SIGTERM');
      await server.ended;
    }
    await using again = ServerProcess.serve(data);
    const { body } = await Client.operator(await again.url, data).ask('GET', '/v1/agents');
    expect(body['agents']).toMatchObject([{ id: 'worker' }]);
  });
});
