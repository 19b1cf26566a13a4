import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock, systemTimers } from '@charterbus/core-models';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpScreen, type Finding, type HttpScreenOptions, type Validator } from '../../src/index.js';
import { codesOf } from '../support/ask.js';
import { context, message } from '../support/sample.js';

const servers: Server[] = [];
const serve = async (listener: RequestListener, port = 0): Promise<number> => {
  const server = createServer(listener);
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};
const stop = async (): Promise<void> => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
};
afterEach(stop);

const idle = new AbortController().signal;
const screenAt = (port: number, options: Partial<HttpScreenOptions> = {}): Validator =>
  createHttpScreen({
    name: 'remote',
    url: `http://127.0.0.1:${port}/`,
    mode: 'fail-closed',
    deadlineMs: 5000,
    timers: systemTimers,
    clock: systemClock,
    ...options,
  });
const find = async (validator: Validator): Promise<readonly Finding[]> => validator.validate(message, context, idle);
const answering =
  (body: string, status = 200): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
const reading = JSON.stringify({ score: 70, categories: ['toxic'] });

describe('a screen over HTTP', () => {
  it('posts the message with its token, and reads what comes back', async () => {
    const asked: { method: string | undefined; token: string | undefined; body: string }[] = [];
    const port = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8');
      });
      request.on('end', () => {
        asked.push({ method: request.method, token: request.headers.authorization, body });
        response.end(reading);
      });
    });
    expect(await find(screenAt(port, { token: 'abc' }))).toMatchObject([
      { kind: 'note', category: 'toxic', score: 70 },
    ]);
    expect(asked).toMatchObject([{ method: 'POST', token: 'Bearer abc' }]);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ message });
  });

  it.each<[string, RequestListener]>([
    ['garbage', answering('<html>')],
    ['nothing', answering('')],
    ['another shape', answering('{"score":"high"}')],
    ['an error', answering(reading, 500)],
    ['too much', answering(`{"score":1,"categories":[],"more":"${'x'.repeat(200_000)}"}`)],
    ['a redirect', (_, response) => void response.writeHead(307, { location: '/other' }).end()],
    [
      'a broken answer',
      (_, response) => void response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy()),
    ],
  ])('that answers %s is one that does not answer', async (_, listener) => {
    const port = await serve(listener);
    expect(codesOf(await find(screenAt(port)))).toEqual(['SCREEN_REJECTED']);
    expect(codesOf(await find(screenAt(port, { mode: 'annotate-only' })))).toEqual(['screen-unavailable']);
  });

  it.each<[string, RequestListener]>([
    ['hangs', () => undefined],
    ['begins and never ends', (_, response) => void response.writeHead(200).write('{"score":')],
  ])('that %s is left at the deadline, and its connection with it', async (_, listener) => {
    const closed = Promise.withResolvers<void>();
    const port = await serve((request, response) => {
      response.on('close', () => closed.resolve());
      listener(request, response);
    });
    expect(codesOf(await find(screenAt(port, { deadlineMs: 50 })))).toEqual(['SCREEN_REJECTED']);
    await closed.promise;
  });

  it('that dies is spared until it has healed', async () => {
    const port = await serve(answering(reading));
    let monotonic = 0;
    const clock = { now: () => 0, monotonic: () => monotonic };
    const validator = screenAt(port, { breaker: { failures: 1, openMs: 1000 }, clock });
    expect(codesOf(await find(validator))).toEqual(['toxic']);
    await stop();
    expect(codesOf(await find(validator))).toEqual(['SCREEN_REJECTED']);
    await serve(answering(reading), port);
    expect(codesOf(await find(validator))).toEqual(['SCREEN_REJECTED']);
    monotonic = 1000;
    expect(codesOf(await find(validator))).toEqual(['toxic']);
  });
});
