import { errorCatalogue } from '@charterbus/core-models';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, operatorToken, refusalIn, ServerBench } from '../support/server-bench.js';

/** A refusal with a known code is `refused`; what should not happen is told in full. */
const fate = (answer: Answer): string => {
  const { status, body, text } = answer;
  if (status === 202) return 'accepted';
  return status < 500 && String(body['code']) in errorCatalogue ? 'refused' : `${status} ${text}`;
};

describe('hostile bodies', () => {
  let bench: ServerBench;
  let token: string;

  beforeAll(async () => {
    bench = await ServerBench.open();
    ({ token } = await bench.register({ id: 'planner', tenant: 'acme' }));
    await bench.register({ id: 'worker', tenant: 'acme' });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const send = (body: unknown) => bench.ask('POST', '/v1/messages', { token, body });
  const draftText = (content: string): string =>
    JSON.stringify(bench.draft('worker')).replace('{"question":1}', () => content);

  it('of any JSON are refused or accepted, never an error of the server', async () => {
    const targets = [
      '/v1/messages',
      '/v1/messages/batch',
      '/v1/deliveries/x/nack',
      '/v1/agents',
      '/v1/messages/x/release',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...targets), fc.jsonValue(), async (url, body) => {
        const speaker = url === '/v1/agents' || url.endsWith('release') ? operatorToken : token;
        const answer = await bench.ask('POST', url, { token: speaker, body: JSON.stringify(body) });
        expect(fate(answer)).toBe('refused');
      }),
      { numRuns: 300 },
    );
  });

  it('with more that readers take differently than there can be messages are refused', async () => {
    const text = `{"messages":[${'{"a":1,"a":1},'.repeat(5000)}{}],"messages":[]}`;
    const answer = await bench.ask('POST', '/v1/messages/batch', { token, body: text });
    expect(refusalIn(answer)).toBe('MESSAGE_MALFORMED');
  });

  it('of any bytes are refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (bytes) => {
        expect(fate(await send(Buffer.from(bytes)))).toBe('refused');
      }),
    );
  });

  it('that change one member of a good message are refused or accepted', async () => {
    const members = [
      'to',
      'type',
      'content',
      'constitutionalHash',
      'priority',
      'conversationId',
      'inReplyTo',
      'dedupeKey',
      'expiresAt',
      'headers',
      'atomic',
      'from',
      'tenant',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...members), fc.jsonValue(), async (member, value) => {
        const answer = await send(bench.draft('worker', { [member]: value }));
        expect(fate(answer)).toMatch(/^(accepted|refused)$/);
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['nothing', '', 'MESSAGE_MALFORMED'],
    ['half an object', '{"to":', 'MESSAGE_MALFORMED'],
    ['a byte order mark', '\uFEFF{}', 'MESSAGE_MALFORMED'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 'MESSAGE_MALFORMED'],
    ['UTF-16', Buffer.from('{}', 'utf16le'), 'MESSAGE_MALFORMED'],
    ['a million brackets', '['.repeat(1_000_000), 'MESSAGE_MALFORMED'],
    ['__proto__', '{"__proto__":{"atomic":true}}', 'MESSAGE_INVALID'],
    ['constructor.prototype', '{"constructor":{"prototype":{}}}', 'MESSAGE_INVALID'],
    ['null', 'null', 'MESSAGE_INVALID'],
    ['a key twice', '{"type":"query","type":"command"}', 'MESSAGE_INVALID'],
  ] as const)('that are %s are refused', async (_, body, code) => {
    expect(refusalIn(await send(body))).toBe(code);
  });

  it.each([
    ['an integer beyond 2^53', '9007199254740993'],
    ['an integer just beyond 2^53', '9007199254740992'],
    ['a huge integer', `1${'0'.repeat(400)}`],
    ['a number beyond doubles', '1e400'],
    ['a lone surrogate', String.raw`"\ud800"`],
    ['__proto__ inside', '{"a":[{"__proto__":1}]}'],
    ['a key twice inside', '{"a":[{"b":1,"b":1}]}'],
    ['more than 32 levels', `${'['.repeat(33)}${']'.repeat(33)}`],
  ])('whose content has %s are refused, with its place', async (_, content) => {
    const answer = await send(draftText(content));
    expect(refusalIn(answer)).toBe('MESSAGE_INVALID');
    expect(answer.body['pointer']).toEqual(expect.any(String));
  });

  it('of the largest content are accepted, however it is escaped', async () => {
    const letters = 256 * 1024 - 2;
    expect((await send(draftText(`"${'a'.repeat(letters)}"`))).status).toBe(202);
    expect((await send(draftText(`"${String.raw`\u0061`.repeat(letters)}"`))).status).toBe(202);
    const nulls = Math.floor(letters / 6);
    expect((await send(draftText(`"${String.raw`\u0000`.repeat(nulls)}"`))).status).toBe(202);
    expect(refusalIn(await send(draftText(`"${String.raw`\u0000`.repeat(nulls + 1)}"`)))).toBe('MESSAGE_TOO_LARGE');
    expect(refusalIn(await send(draftText(`"${'a'.repeat(letters + 1)}"`)))).toBe('MESSAGE_TOO_LARGE');
  });

  it('larger than any message are refused before they are read', async () => {
    const answer = await send(`"${'a'.repeat(4 * 1024 * 1024)}"`);
    expect(refusalIn(answer)).toBe('MESSAGE_TOO_LARGE');
    expect(answer.body['limitBytes']).toEqual(expect.any(Number));
  });

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/json; charset=iso-8859-1', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('of the type %s %j are not read', async (type, headers) => {
    const reply = await bench.app.inject({
      method: 'POST',
      url: '/v1/messages',
      headers: { authorization: `Bearer ${token}`, 'content-type': type, ...headers },
      payload: JSON.stringify(bench.draft('worker')),
    });
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
  });

  it('are not quoted in what refuses them', async () => {
    for (const body of ['{"secret-of-mine', '{"a":secret-of-mine}', JSON.stringify({ to: 'secret-of-mine' })]) {
      expect((await send(body)).text).not.toContain('secret-of-mine');
    }
  });
});
