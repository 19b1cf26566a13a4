import { ManualClock } from '@charterbus/core-models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { factsOf, manifestOf } from './support/compile.js';
import { call, gather } from './support/messages.js';
import { type Behaviour, json, ProviderServer } from './support/provider-server.js';

const manifest = (url: string, more = '') =>
  manifestOf(`  types: { Score: { value: int, note?: string } }
  providers:
    score:
      parameters: [string, list<int>]
      returns: Score
      http: { url: "${url}", token: { environment: SCORE_TOKEN } }
      deadlineMilliseconds: 250
${more}
  tools:
    use:
      arguments: { key: string }
      facts:
        score: score(args.key, [1, 2]).value
        note: score(args.key, [1, 2]).?note.orValue("")
`);

const environment = { SCORE_TOKEN: 's3cret' };
let server: ProviderServer;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock();
  server = await new ProviderServer().start();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const facts = (more = '') => factsOf(manifest(server.url, more), { clock, timers: clock, environment });
const ask = async (of: ReturnType<typeof facts>, key = 'a') =>
  gather(of, call('use', { key }), () => new Set(['score']));
const unavailable = { code: 'FACT_UNAVAILABLE', names: ['score'] };

describe('a provider over HTTP', () => {
  it('is asked by POST, with its token', async () => {
    server.behave = json({ value: 7, other: 'x' });
    expect((await ask(facts(), 'ü')).values).toEqual({ score: 7 });
    expect(server.asked).toMatchObject([
      {
        method: 'POST',
        url: '/rate',
        body: '{"arguments":["ü",[1,2]]}',
        headers: { 'content-type': 'application/json', authorization: 'Bearer s3cret' },
      },
    ]);
  });

  it.each<readonly [string, Behaviour]>([
    ['a 500', (response) => response.writeHead(500).end('{"value":1}')],
    ['a 201', (response) => response.writeHead(201).end('{"value":1}')],
    ['a 204', (response) => response.writeHead(204).end()],
    ['nothing', (response) => response.end()],
    ['what is no JSON', (response) => response.end('{"value":1')],
    ['what is no UTF-8', (response) => response.end(Buffer.from([0x22, 0xff, 0x22]))],
    ['another type', json({ value: '1' })],
    ['a fraction', json({ value: 1.5 })],
    ['null', json(null)],
    ['a list', json([{ value: 1 }])],
    ['too much', json({ value: 1, note: 'x'.repeat(256 * 1024) })],
    [
      'too much in pieces',
      (response) => {
        for (let piece = 0; piece < 300; piece++) response.write(' '.repeat(1024));
        response.end('{"value":1}');
      },
    ],
    ['a text too long', json({ value: 1, note: 'x'.repeat(5000) })],
    [
      'a redirect',
      (response, { url }) =>
        url === '/rate' ? response.writeHead(307, { location: '/other' }).end() : response.end('{"value":1}'),
    ],
    ['a cut connection', (response) => response.destroy()],
    [
      'a cut answer',
      (response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"value":1}', () => response.destroy());
      },
    ],
  ])('that answers with %s has not answered', async (_what, behaviour) => {
    server.behave = behaviour;
    const found = await ask(facts());
    expect(found.wanting).toMatchObject(unavailable);
    expect(found.values).toEqual({});
    expect(server.asked.map(({ url }) => url)).toEqual(['/rate']);
  });

  it('that is not there has not answered', async () => {
    const of = facts();
    await server[Symbol.asyncDispose]();
    expect((await ask(of)).wanting).toMatchObject(unavailable);
  });

  it.each(['at all', 'to the end'])('has until its deadline to answer %s', async (how) => {
    const reached = Promise.withResolvers<undefined>();
    server.behave = (response) => {
      if (how === 'to the end') response.write('{"value":');
      reached.resolve(undefined);
    };
    const found = ask(facts());
    await reached.promise;
    clock.advance(249);
    clock.advance(1);
    expect((await found).wanting).toMatchObject(unavailable);
  });

  it('that fails too often is left alone, until one question gets an answer', async () => {
    const of = facts('      breaker: { failures: 2, openSeconds: 5 }');
    server.behave = (response) => response.writeHead(503).end();
    for (const key of ['a', 'b', 'c', 'd']) expect((await ask(of, key)).wanting).toMatchObject(unavailable);
    expect(server.asked).toHaveLength(2);

    clock.advance(5000);
    expect((await ask(of)).wanting).toMatchObject(unavailable);
    expect((await ask(of)).wanting).toMatchObject(unavailable);
    expect(server.asked).toHaveLength(3);

    clock.advance(5000);
    server.behave = json({ value: 1 });
    expect((await ask(of)).values).toEqual({ score: 1 });
    expect((await ask(of, 'b')).values).toEqual({ score: 1 });
    expect(server.asked).toHaveLength(5);
  });

  it('is asked once where several have the same question while it is being half trusted', async () => {
    const of = facts('      breaker: { failures: 1, openSeconds: 5 }');
    server.behave = (response) => response.writeHead(503).end();
    await ask(of);
    clock.advance(5000);
    const found = await Promise.all(['a', 'b', 'c'].map((key) => ask(of, key)));
    expect(found.map(({ wanting }) => wanting?.code)).toEqual(Array(3).fill('FACT_UNAVAILABLE'));
    expect(server.asked).toHaveLength(2);
  });
});
