import { gzipSync } from 'node:zlib';
import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { type IllServer, illServer, reply } from '../support/ill-server.js';
import { opaSnapshot, query } from '../support/opa.js';
import { never } from '../support/requests.js';

const allow = '{"result":true}';
const allowed = { decision: 'allow', policies: ['charterbus/decision'], errors: [] };
const errs = (error: string | RegExp) => ({
  decision: 'deny',
  policies: [],
  errors: [typeof error === 'string' ? expect.stringContaining(error) : expect.stringMatching(error)],
});

const ask = async ({ url }: IllServer, more: object = {}) => {
  const snapshot = await opaSnapshot({ url, ...more });
  const answer = await snapshot.evaluate(query, never);
  await snapshot.close();
  return answer;
};

const bundle = { name: 'b', revision: '7' };
const of = (revision: unknown) =>
  `{"result":true,"provenance":{"bundles":{"b":{"revision":${JSON.stringify(revision)}}}}}`;

describe('a reply', () => {
  it('that is as it should be allows', async () => {
    await using server = await illServer((socket) => socket.write(reply(allow)));
    expect(await ask(server)).toEqual(allowed);
    const [request = ''] = server.requests;
    const [head = '', body] = request.split('\r\n\r\n');
    expect(head).toMatch(/^POST \/v1\/data\/charterbus\/decision\?strict-builtin-errors=true&provenance=true HTTP/);
    expect(head).toMatch(/accept-encoding: identity/i);
    expect(JSON.parse(body ?? '')).toEqual({ input: { ...query } });
  });

  const replies: readonly (readonly [string, Buffer, string | RegExp])[] = [
    ['with a redirect', reply('', ['Location: /elsewhere'], '307 Temporary Redirect'), 'redirects (307)'],
    ['with another status', reply(allow, [], '201 Created'), 'the status 201'],
    ['that is not there', reply('404 page not found', ['Content-Type: text/plain'], '404 Not Found'), 'the status 404'],
    ['of a gateway', reply(allow, [], '503 Service Unavailable'), 'the status 503'],
    ['of another type', reply(allow, ['Content-Type: text/html']), 'something else than JSON'],
    [
      'without a type',
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n${allow}`),
      'something else than JSON',
    ],
    [
      'that is packed, be it a bomb',
      reply(gzipSync(Buffer.alloc(50 * 2 ** 20)), ['Content-Encoding: gzip']),
      'encodes',
    ],
    [
      'that is stated to be large',
      Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n'),
      'answers more than',
    ],
    [
      'with a flood of headers',
      reply(
        allow,
        Array.from({ length: 5_000 }, (_, n) => `X-${n}: y`),
      ),
      'HPE_HEADER_OVERFLOW',
    ],
    ['that is no HTTP', Buffer.from('hello\r\n\r\n'), 'does not speak HTTP (HPE_'],
    [
      'with two lengths',
      Buffer.from(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n${allow}`,
      ),
      'HPE_',
    ],
    [
      'that changes the protocol',
      Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      'changes the protocol',
    ],
    ['that is not JSON', reply('{"result":tru'), 'is not JSON'],
    ['that is empty', reply(''), 'is not JSON'],
    ['with a byte order mark', reply(`\uFEFF${allow}`), 'is not JSON'],
    ['that is not UTF-8', reply(Buffer.from([0x22, 0xff, 0x22])), 'not UTF-8'],
    ['that is a list', reply('[true]'), 'something else than an object'],
    ['that is true', reply('true'), 'something else than an object'],
    ['with a result twice', reply('{"result":false,"result":true}'), 'has a key twice'],
    ['with a key twice, once escaped', reply('{"result":{"allow":false,"\\u0061llow":true}}'), 'has a key twice'],
    ['with a prototype', reply('{"result":{"__proto__":{"allow":true},"allow":true}}'), '__proto__'],
    ['with an integer too large', reply('{"result":{"allow":true,"metadata":{"n":9007199254740993}}}'), 'survive'],
    ['with a number beyond all', reply('{"result":{"allow":true,"metadata":{"n":1e999}}}'), 'survive'],
    ['nested deep', reply(`{"result":${'['.repeat(9_000)}${']'.repeat(9_000)}}`), 'nested too deep'],
    ['without a result', reply('{}'), 'is undefined'],
    ['with an inherited result', reply('{"__proto__":{"result":true}}'), '__proto__'],
    ['with a warning', reply('{"result":true,"warning":{"code":"api_usage_warning"}}'), 'a warning'],
    ['with more than is understood', reply('{"result":true,"partial":true}'), 'not understood'],
    ['with a text', reply('{"result":"true"}'), 'neither true or false'],
    ['with one', reply('{"result":1}'), 'neither true or false'],
    ['with null', reply('{"result":null}'), 'neither true or false'],
    ['with an allow that is a text', reply('{"result":{"allow":"true"}}'), 'no allow'],
    ['without an allow', reply('{"result":{"reason":"fine"}}'), 'no allow'],
    ['with another member', reply('{"result":{"allow":true,"unless":"monday"}}'), 'a member that is not understood'],
    ['with a reason that is a list', reply('{"result":{"allow":true,"reason":["x"]}}'), 'a reason'],
    ['with metadata that are a text', reply('{"result":{"allow":true,"metadata":"x"}}'), 'metadata'],
    ['with policies that are a text', reply('{"result":{"allow":true,"policies":"x"}}'), 'policies'],
    ['with policies that are numbers', reply('{"result":{"allow":true,"policies":[1]}}'), 'policies'],
    ['that allows by nothing', reply('{"result":{"allow":true,"policies":[]}}'), 'by no policy'],
    ['with obligations that are an object', reply('{"result":{"allow":true,"obligations":{}}}'), 'obligations'],
  ];

  it.each(replies)('%s denies', async (_name, bytes, error) => {
    await using server = await illServer((socket) => socket.write(bytes));
    expect(await ask(server)).toEqual(errs(error));
  });

  it.each([
    ['another revision', of('8')],
    ['a revision that is a number', of(7)],
    ['no revision', of('7').replace('"revision"', '"version"')],
    ['no provenance', allow],
    ['another bundle', of('7').replace('"b"', '"c"')],
  ])('of %s denies', async (_name, body) => {
    await using server = await illServer((socket) => socket.write(reply(body)));
    expect(await ask(server, { bundle })).toEqual(errs('revision of the bundle b'));
  });

  it('of the right revision allows', async () => {
    await using server = await illServer((socket) => socket.write(reply(of('7'))));
    expect(await ask(server, { bundle })).toEqual(allowed);
  });

  it.each([
    ['cut in its headers', 'HTTP/1.1 200 OK\r\nContent-'],
    [
      'cut in its body',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"result":true}',
    ],
    [
      'cut in a chunk',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"result":true}',
    ],
    [
      'cut before its last chunk',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{"result":true}\r\n',
    ],
    ['never begun', ''],
  ])('%s denies', async (_name, head) => {
    await using server = await illServer((socket) => socket.end(head));
    expect(await ask(server)).toEqual(errs(/cannot be reached|broke off/));
  });

  it('that goes on for ever is cut off', async () => {
    await using server = await illServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
      const piece = `10000\r\n${' '.repeat(65_536)}\r\n`;
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', more);
      more();
    });
    expect(await ask(server)).toEqual(errs('answers more than'));
  });
});

describe('whoever waits', () => {
  it('is answered at the deadline, and the connection is given up', async () => {
    const clock = new ManualClock();
    const arrived = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    await using server = await illServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"result"');
      socket.on('close', () => left.resolve());
      arrived.resolve();
    });
    const snapshot = await opaSnapshot({ url: server.url, clock, timers: clock, deadlineMilliseconds: 700 });
    const answer = snapshot.evaluate(query, never);
    await arrived.promise;
    clock.advance(700);
    expect(await answer).toEqual(errs('did not answer within 700 ms'));
    await left.promise;
    await snapshot.close();
  });

  it('may go, and the connection is given up', async () => {
    const stop = new AbortController();
    const left = Promise.withResolvers<void>();
    await using server = await illServer((socket) => {
      socket.on('close', () => left.resolve());
      stop.abort();
    });
    const snapshot = await opaSnapshot({ url: server.url });
    expect(await snapshot.evaluate(query, stop.signal)).toEqual(errs('Nobody waits'));
    await left.promise;
    expect(await snapshot.evaluate(query, stop.signal)).toEqual(errs('Nobody waits'));
    expect(server.requests).toHaveLength(1);
    await snapshot.close();
  });

  it('is denied at once where the engine is closed', async () => {
    await using server = await illServer((socket) => socket.write(reply(allow)));
    const snapshot = await opaSnapshot({ url: server.url });
    await snapshot.close();
    expect(await snapshot.evaluate(query, never)).toEqual(errs('closed'));
    expect(server.requests).toHaveLength(0);
  });

  it('beyond a bound is denied at once', async () => {
    await using server = await illServer(() => undefined);
    const snapshot = await opaSnapshot({ url: server.url });
    const waiting: unknown[] = [];
    while (waiting.length < 1_024) {
      waiting.push(snapshot.evaluate(query, never));
      // What is asked at the same moment goes together.
      await Promise.resolve();
    }
    expect(await snapshot.evaluate(query, never)).toEqual(errs('Too many questions'));
    await snapshot.close();
    for (const answer of await Promise.all(waiting)) expect(answer).toEqual(errs('closed'));
  });
});

describe('a connection', () => {
  it('is used again', async () => {
    const sockets = new Set<unknown>();
    await using server = await illServer((socket) => {
      sockets.add(socket);
      socket.write(reply(allow));
    });
    const snapshot = await opaSnapshot({ url: server.url });
    for (let time = 0; time < 5; time++) expect(await snapshot.evaluate(query, never)).toEqual(allowed);
    expect(sockets.size).toBe(1);
    await snapshot.close();
  });

  it('that turns out to be closed when it is used again is replaced, once', async () => {
    await using server = await illServer((socket, _request, number) => {
      if (number === 1) socket.write(reply(allow));
      else if (number === 2) socket.resetAndDestroy();
      else socket.write(reply('{"result":false}'));
    });
    const snapshot = await opaSnapshot({ url: server.url });
    expect(await snapshot.evaluate(query, never)).toEqual(allowed);
    expect(await snapshot.evaluate(query, never)).toMatchObject({
      decision: 'deny',
      policies: ['charterbus/decision'],
    });
    expect(server.requests).toHaveLength(3);
    await snapshot.close();
  });

  it('on which two answers came is not asked again', async () => {
    await using server = await illServer((socket, _request, number) =>
      socket.write(number === 1 ? Buffer.concat([reply('{"result":false}'), reply(allow)]) : reply('{"result":false}')),
    );
    const snapshot = await opaSnapshot({ url: server.url });
    for (let time = 0; time < 3; time++)
      expect(await snapshot.evaluate(query, never)).toMatchObject({ decision: 'deny' });
    await snapshot.close();
  });
});

describe('a server that keeps failing', () => {
  it('is left alone for a while, and asked again', async () => {
    let well = false;
    await using server = await illServer((socket) => (well ? socket.write(reply(allow)) : socket.resetAndDestroy()));
    const snapshot = await opaSnapshot({ url: server.url, breaker: { failures: 3, openMilliseconds: 50 } });
    for (let time = 0; time < 3; time++)
      expect(await snapshot.evaluate(query, never)).toEqual(errs('cannot be reached'));
    expect(await snapshot.evaluate(query, never)).toEqual(errs('left alone'));
    expect(server.requests).toHaveLength(3);
    well = true;
    await expect.poll(() => snapshot.evaluate(query, never)).toEqual(allowed);
    await snapshot.close();
  });

  it('is asked on where it is the policy that errs, or whoever asks goes early', async () => {
    await using server = await illServer((socket) =>
      socket.write(reply('{"code":"internal_error","errors":[{"code":"eval_conflict_error"}]}', [], '500 Oh')),
    );
    const snapshot = await opaSnapshot({ url: server.url, breaker: { failures: 2, openMilliseconds: 60_000 } });
    for (let time = 0; time < 5; time++) {
      expect(await snapshot.evaluate(query, AbortSignal.abort())).toEqual(errs('Nobody waits'));
      expect(await snapshot.evaluate(query, never)).toEqual(errs('eval_conflict_error'));
    }
    await snapshot.close();
  });
});
