import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deadLetterSchema, decisionSchema } from '../../../src/http/schemas/trace.js';
import { operatorToken, refusalIn, ServerBench } from '../../support/server-bench.js';

describe('the operator', () => {
  let bench: ServerBench;
  let planner: string;
  let worker: string;
  const token = operatorToken;

  beforeEach(async () => {
    bench = await ServerBench.open();
    planner = (await bench.register({ id: 'planner', tenant: 'acme', role: 'executive' })).token;
    worker = (await bench.register({ id: 'worker', tenant: 'acme' })).token;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const hold = async (): Promise<string> => {
    const body = bench.draft('worker', { type: 'governance_request' });
    const receipt = await bench.ask('POST', '/v1/messages', { token: planner, body });
    expect(receipt.body).toMatchObject({ status: 'held' });
    return String(receipt.body['messageId']);
  };
  const decide = (id: string, verb: string, body: unknown = { reason: 'looked at' }) =>
    bench.ask('POST', `/v1/messages/${id}/${verb}`, { token, body });
  const claim = async () => {
    const { body } = await bench.ask('POST', '/v1/deliveries/claim', { token: worker, body: { waitMs: 0 } });
    return body['deliveries'] as readonly { id: string; fencingToken: number }[];
  };

  it('releases what is held, once, and it is delivered', async () => {
    const id = await hold();
    expect(await claim()).toEqual([]);
    const released = await decide(id, 'release');
    expect(decisionSchema.parse(released.body).deliveries).toMatchObject([{ state: 'queued' }]);
    expect(refusalIn(await decide(id, 'release'))).toBe('MESSAGE_NOT_HELD');
    expect(await claim()).toHaveLength(1);
  });

  it('refuses what is held, with a reason', async () => {
    const id = await hold();
    const refused = await decide(id, 'refuse', { reason: 'not today' });
    expect(decisionSchema.parse(refused.body).deliveries).toMatchObject([{ state: 'refused', reason: 'not today' }]);
    expect(await claim()).toEqual([]);
  });

  it('must give a reason', async () => {
    const id = await hold();
    for (const body of [{}, { reason: '' }, { reason: 'x'.repeat(1001) }, { reason: 1 }, { reason: 'a', more: 1 }]) {
      expect(refusalIn(await decide(id, 'release', body))).toBe('REQUEST_INVALID');
    }
    expect(refusalIn(await bench.ask('POST', `/v1/messages/${id}/refuse`, { token }))).toBe('MESSAGE_MALFORMED');
    expect(refusalIn(await decide(crypto.randomUUID(), 'release'))).toBe('MESSAGE_NOT_FOUND');
  });

  it('finds dead letters page by page, and queues them again', async () => {
    for (let count = 0; count < 3; count++) {
      await bench.ask('POST', '/v1/messages', { token: planner, body: bench.draft('worker', { content: count }) });
    }
    for (const { id, fencingToken } of await claim()) {
      await bench.ask('POST', `/v1/deliveries/${id}/reject`, { token: worker, body: { fencingToken } });
    }
    const first = await bench.ask('GET', '/v1/dead-letters?limit=2', { token });
    const letters = deadLetterSchema.array().parse(first.body['deadLetters']);
    const rest = await bench.ask('GET', `/v1/dead-letters?limit=2&before=${String(first.body['next'])}`, { token });
    expect([letters.length, (rest.body['deadLetters'] as unknown[]).length]).toEqual([2, 1]);
    const whole = await bench.ask('GET', '/v1/dead-letters?limit=3', { token });
    expect(whole.body['deadLetters']).toHaveLength(3);
    expect(whole.body, 'a last page that is just full').not.toHaveProperty('next');
    expect(refusalIn(await bench.ask('GET', '/v1/dead-letters?before=x', { token }))).toBe('REQUEST_INVALID');
    const url = `/v1/dead-letters/${letters[0]?.id}/redrive`;
    expect((await bench.ask('POST', url, { token })).body).toEqual({ messageId: letters[0]?.messageId });
    expect(refusalIn(await bench.ask('POST', url, { token, body: { reason: 'again' } }))).toBe('DEAD_LETTER_NOT_FOUND');
    expect(await claim()).toMatchObject([{ id: letters[0]?.id, attempt: 1 }]);
  });

  const bury = async (reasons: readonly string[]) => {
    for (const reason of reasons) {
      await bench.ask('POST', '/v1/messages', { token: planner, body: bench.draft('worker', { content: reason }) });
      const [delivery] = await claim();
      const body = { fencingToken: delivery?.fencingToken, reason };
      await bench.ask('POST', `/v1/deliveries/${delivery?.id}/reject`, { token: worker, body });
    }
  };
  const reasonsLeft = async (query = '') => {
    const { body } = await bench.ask('GET', `/v1/dead-letters${query}`, { token });
    return deadLetterSchema
      .array()
      .parse(body['deadLetters'])
      .map(({ reason }) => reason);
  };

  it('queues those dead letters again that are meant, and gives one up for good', async () => {
    await bury(['printer', 'paper', 'printer']);
    expect(await reasonsLeft('?reason=paper')).toEqual(['paper']);
    expect(await reasonsLeft('?tenant=acme&agent=planner')).toEqual([]);
    expect(refusalIn(await bench.ask('GET', '/v1/dead-letters?agent=worker', { token }))).toBe('REQUEST_INVALID');
    const select = { tenant: 'acme', agent: 'worker', reason: 'printer' };
    const many = await bench.ask('POST', '/v1/dead-letters/redrive', { token, body: { select, reason: 'mended' } });
    expect(many.body).toEqual({ redriven: 2, failed: {} });
    expect(await claim()).toHaveLength(2);
    const { body } = await bench.ask('GET', '/v1/dead-letters', { token });
    const [paper] = deadLetterSchema.array().parse(body['deadLetters']);
    const drop = () => bench.ask('POST', `/v1/dead-letters/${paper?.id}/drop`, { token, body: { reason: 'no use' } });
    expect((await drop()).body).toEqual({ messageId: paper?.messageId });
    expect(refusalIn(await drop())).toBe('DEAD_LETTER_NOT_FOUND');
    expect(await reasonsLeft()).toEqual([]);
  });

  it('learns how many could not be queued again, and why', async () => {
    await bury(['printer', 'printer']);
    await bench.ask('DELETE', '/v1/agents/worker', { token });
    const many = await bench.ask('POST', '/v1/dead-letters/redrive', { token });
    expect(many.body).toEqual({ redriven: 0, failed: { RECIPIENT_UNREACHABLE: 2 } });
  });
});
