import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiptSchema } from '../../../src/http/schemas/governance.js';
import { messageSummarySchema, traceSchema } from '../../../src/http/schemas/trace.js';
import { operatorToken, refusalIn, ServerBench } from '../../support/server-bench.js';

describe('messages', () => {
  let bench: ServerBench;
  let planner: string;
  let worker: string;
  let stranger: string;

  beforeEach(async () => {
    bench = await ServerBench.open();
    planner = (await bench.register({ id: 'planner', tenant: 'acme' })).token;
    worker = (await bench.register({ id: 'worker', tenant: 'acme' })).token;
    stranger = (await bench.register({ id: 'worker', tenant: 'globex' })).token;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const send = (body: unknown, token = planner) => bench.ask('POST', '/v1/messages', { token, body });

  it('are accepted with a receipt', async () => {
    const answer = await send(bench.draft('worker'));
    expect(answer.status).toBe(202);
    expect(receiptSchema.parse(answer.body)).toMatchObject({ status: 'accepted', durability: 'memory', leafIndex: 0 });
  });

  it('of a used dedupe key get the first receipt again, or a conflict where the content differs', async () => {
    const first = await send(bench.draft('worker', { dedupeKey: 'k' }));
    const again = await send(bench.draft('worker', { dedupeKey: 'k' }));
    expect(again.status).toBe(202);
    expect(again.body).toEqual({ ...first.body, duplicate: true });
    expect(refusalIn(await send(bench.draft('worker', { dedupeKey: 'k', content: 2 })))).toBe('DEDUPE_CONFLICT');
  });

  it('must state the constitutional hash in force', async () => {
    const { constitutionalHash: _, ...unattested } = bench.draft('worker');
    const missing = await send(unattested);
    expect(refusalIn(missing)).toBe('CONSTITUTIONAL_HASH_MISSING');
    expect(missing.body['messageId']).toEqual(expect.any(String));
    expect(refusalIn(await send(bench.draft('worker', { constitutionalHash: 'cdd01ef066bc6cf2' })))).toBe(
      'CONSTITUTIONAL_HASH_MISMATCH',
    );
  });

  it('that are denied say which policies denied them', async () => {
    const denied = await send(bench.draft('worker', { type: 'command' }));
    expect(refusalIn(denied)).toBe('POLICY_DEFAULT_DENY');
    expect(denied.body['messageId']).toEqual(expect.any(String));
    const trace = await bench.ask('GET', `/v1/messages/${String(denied.body['messageId'])}`, { token: planner });
    expect(traceSchema.parse(trace.body).status).toBe('failed');
  });

  it('may not claim another sender or tenant', async () => {
    for (const claim of [{ from: 'worker' }, { tenant: 'globex' }]) {
      expect(refusalIn(await send(bench.draft('worker', claim)))).toBe('IDENTITY_CLAIMED');
    }
    expect((await send(bench.draft('worker', { from: 'planner', tenant: 'acme' }))).status).toBe(202);
  });

  it('to nobody and to a forbidden tenant are denied with the same bytes', async () => {
    const addresses = [
      { agent: 'worker', tenant: 'globex' },
      { agent: 'nobody', tenant: 'globex' },
      { agent: 'nobody', tenant: 'nowhere' },
      { agent: 'nobody' },
    ];
    const texts = await Promise.all(
      addresses.map(async (to) => {
        const answer = await send(bench.draft('worker', { to }));
        expect(refusalIn(answer)).toBe('RECIPIENT_UNREACHABLE');
        return answer.text.replace(String(answer.body['messageId']), 'ID');
      }),
    );
    expect(new Set(texts).size).toBe(1);
  });

  it('show their whole way to their sender and their recipient, and to nobody else', async () => {
    const { body } = await send(bench.draft('worker'));
    const url = `/v1/messages/${String(body['messageId'])}`;
    expect(traceSchema.parse((await bench.ask('GET', url, { token: planner })).body).status).toBe('pending');
    const before = await bench.ask('GET', url, { token: worker });
    expect(refusalIn(before)).toBe('MESSAGE_NOT_FOUND');
    await bench.ask('POST', '/v1/deliveries/claim', { token: worker, body: { waitMs: 0 } });
    const recipient = traceSchema.parse((await bench.ask('GET', url, { token: worker })).body);
    expect(recipient.leaves.every((leaf) => leaf.leaf === undefined)).toBe(true);
    const operator = traceSchema.parse((await bench.ask('GET', url, { token: operatorToken })).body);
    expect(operator.leaves[0]?.leaf).toMatchObject({ kind: 'admission' });
    const unknown = await bench.ask('GET', `/v1/messages/${crypto.randomUUID()}`, { token: stranger });
    expect((await bench.ask('GET', url, { token: stranger })).text).toBe(unknown.text);
  });

  it('are listed for the operator, by status and page', async () => {
    for (let count = 0; count < 3; count++) await send(bench.draft('worker', { content: count }));
    const first = await bench.ask('GET', '/v1/messages?status=pending&limit=2', { token: operatorToken });
    const messages = messageSummarySchema.array().parse(first.body['messages']);
    expect(messages).toHaveLength(2);
    const rest = await bench.ask('GET', `/v1/messages?limit=2&before=${String(first.body['next'])}`, {
      token: operatorToken,
    });
    expect(rest.body['messages']).toHaveLength(1);
    const whole = await bench.ask('GET', '/v1/messages?limit=3', { token: operatorToken });
    expect(whole.body['messages']).toHaveLength(3);
    expect(whole.body, 'a last page that is just full').not.toHaveProperty('next');
    for (const query of ['status=lost', 'limit=0', 'limit=1001', 'limit=x', 'surprise=1', 'limit=1&limit=2']) {
      expect(refusalIn(await bench.ask('GET', `/v1/messages?${query}`, { token: operatorToken }))).toBe(
        'REQUEST_INVALID',
      );
    }
  });

  it('that are dropped are gone, for those who were concerned', async () => {
    await using small = await ServerBench.open({
      delivery: { retention: { everyMs: 10, finishedMs: 0, deadLetterMs: 0, finishedBytes: 0 } },
    });
    const { token } = await small.register({ id: 'planner', tenant: 'acme' });
    const denied = await small.ask('POST', '/v1/messages', { token, body: small.draft('nobody') });
    const url = `/v1/messages/${String(denied.body['messageId'])}`;
    await expect.poll(async () => (await small.ask('GET', url, { token })).status).toBe(410);
    expect(refusalIn(await small.ask('GET', url, { token }))).toBe('MESSAGE_GONE');
    expect(refusalIn(await small.ask('GET', url, { token: operatorToken }))).toBe('MESSAGE_GONE');
  });
});
