import { encodeEnvelope, type Message } from '@charterbus/core-models';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliverySchema, receiptSchema } from '../../src/http/schemas/governance.js';
import { traceSchema } from '../../src/http/schemas/trace.js';
import { operatorToken, ServerBench } from '../support/server-bench.js';

const rules = [
  { id: 'send', effect: 'permit', point: 'send', obligations: [{ kind: 'remove', path: '/card' }] },
  {
    id: 'receive',
    effect: 'permit',
    point: 'receive',
    obligations: [
      { kind: 'replace', path: '/city', value: { told: false } },
      { kind: 'annotate', header: 'class', value: 'internal' },
    ],
  },
] as const;

describe('obligations over HTTP', () => {
  let bench: ServerBench;
  let planner: string;
  let worker: string;

  beforeEach(async () => {
    bench = await ServerBench.open({ constitution: rulesConstitution(rules) });
    planner = (await bench.register({ id: 'planner', tenant: 'acme' })).token;
    worker = (await bench.register({ id: 'worker', tenant: 'acme' })).token;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const send = async () => {
    const body = bench.draft('worker', { content: { card: '4111', city: 'Bern', total: 3 } });
    const answer = await bench.ask('POST', '/v1/messages', { token: planner, body });
    return receiptSchema.parse(answer.body);
  };
  const claim = async () => {
    const answer = await bench.ask('POST', '/v1/deliveries/claim', { token: worker, body: { waitMs: 0 } });
    const [delivery] = deliverySchema.array().parse(answer.body['deliveries']);
    return { text: answer.text, delivery };
  };
  const trace = async (id: string, token: string) =>
    traceSchema.parse((await bench.ask('GET', `/v1/messages/${id}`, { token })).body);

  it('are told in the receipt', async () => {
    const { verdicts } = await send();
    expect(verdicts[0]?.obligations).toEqual([{ kind: 'remove', path: '/card' }]);
    expect(verdicts[1]?.obligations?.map(({ kind }) => kind)).toEqual(['remove', 'replace', 'annotate']);
    expect(verdicts[1]?.binds.deliveredDigest).not.toBe(verdicts[1]?.binds.messageDigest);
  });

  it('make exactly the bytes that are bound, and show nothing of the others', async () => {
    const { messageId } = await send();
    const { text, delivery } = await claim();
    expect(delivery?.message).toMatchObject({
      content: { city: { told: false }, total: 3 },
      headers: { class: 'internal' },
    });
    const sent = await trace(messageId, operatorToken);
    const digest = encodeEnvelope(delivery?.message as Message).digest;
    expect(digest).toBe(sent.deliveries[0]?.verdict.binds.deliveredDigest);
    expect(text).not.toMatch(/4111|Bern/);
    expect(text).not.toContain(sent.digest);
  });

  it('show each side its own message in a trace', async () => {
    const { messageId } = await send();
    const { delivery } = await claim();
    const own = await trace(messageId, worker);
    expect(own.message).toEqual(delivery?.message);
    expect(JSON.stringify(own)).not.toMatch(/4111|Bern/);
    expect((await trace(messageId, planner)).message.content).toEqual({ card: '4111', city: 'Bern', total: 3 });
  });
});
