import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusalIn, ServerBench } from '../../support/server-bench.js';

describe('a batch', () => {
  let bench: ServerBench;
  let token: string;

  beforeEach(async () => {
    bench = await ServerBench.open();
    ({ token } = await bench.register({ id: 'planner', tenant: 'acme', role: 'executive' }));
    await bench.register({ id: 'worker', tenant: 'acme' });
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const send = (body: unknown) => bench.ask('POST', '/v1/messages/batch', { token, body });

  it('gives a result for each message, in their order', async () => {
    const { status, body } = await send({
      messages: [
        bench.draft('worker'),
        bench.draft('worker', { type: 'governance_request' }),
        bench.draft('nobody'),
        { nonsense: true },
        bench.draft('worker', { content: 2 ** 60 }),
        bench.draft('worker'),
      ],
    });
    expect(status).toBe(200);
    const results = body['results'] as readonly { status: string; problem?: { code: string } }[];
    expect(results.map((result) => result.problem?.code ?? result.status)).toEqual([
      'accepted',
      'held',
      'RECIPIENT_UNREACHABLE',
      'MESSAGE_INVALID',
      'MESSAGE_INVALID',
      'accepted',
    ]);
  });

  it('refuses one message for a key that stands twice in it, and no other', async () => {
    const good = JSON.stringify(bench.draft('worker'));
    const { body } = await send(`{"messages":[${good},{"content":{"a":1,"a":2}},${good},{"__proto__":1}]}`);
    const results = body['results'] as readonly { status: string; problem?: { pointer: string } }[];
    expect(results.map(({ status, problem }) => problem?.pointer ?? status)).toEqual([
      'accepted',
      '/content/a',
      'accepted',
      '/__proto__',
    ]);
  });

  it('takes a thousand messages and no more', async () => {
    const messages = Array.from({ length: 1000 }, () => bench.draft('worker'));
    const { body } = await send({ messages });
    expect(body['results']).toHaveLength(1000);
    expect(refusalIn(await send({ messages: [...messages, bench.draft('worker')] }))).toBe('MESSAGE_INVALID');
  });

  it('is refused as a whole where the batch itself is wrong', async () => {
    for (const body of [
      {},
      { messages: [] },
      { messages: 1 },
      [],
      { messages: [1], more: 1 },
      '{"messages":[1],"messages":[2]}',
    ]) {
      expect(refusalIn(await send(body))).toBe('MESSAGE_INVALID');
    }
  });
});
