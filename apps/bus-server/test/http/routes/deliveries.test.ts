import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { AgentHandle } from '@charterbus/bus';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { httpLimits } from '../../../src/http/limits.js';
import { deliverySchema } from '../../../src/http/schemas/governance.js';
import { operatorToken, refusalIn, ServerBench } from '../../support/server-bench.js';

describe('deliveries', () => {
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

  const connections = (): Promise<number> => promisify(bench.app.server.getConnections.bind(bench.app.server))();
  const send = () => bench.ask('POST', '/v1/messages', { token: planner, body: bench.draft('worker') });
  const claim = async (body: unknown = { waitMs: 0 }, token = worker) => {
    const answer = await bench.ask('POST', '/v1/deliveries/claim', { token, body });
    expect(answer.status).toBe(200);
    return deliverySchema.array().parse(answer.body['deliveries']);
  };
  const claimOne = async () => {
    await send();
    const [delivery] = await claim();
    expect(delivery).toBeDefined();
    return delivery!;
  };
  const settle = (id: string, verb: string, body: unknown, token = worker) =>
    bench.ask('POST', `/v1/deliveries/${id}/${verb}`, { token, body });

  it('are claimed, with defaults for what is left out', async () => {
    await send();
    const answer = await bench.ask('POST', '/v1/deliveries/claim', { token: worker });
    const [delivery] = deliverySchema.array().parse(answer.body['deliveries']);
    expect(delivery).toMatchObject({ attempt: 1, message: { from: 'planner', content: { question: 1 } } });
  });

  it('are waited for', async () => {
    const waiting = claim({ waitMs: 20_000 });
    await send();
    expect(await waiting).toHaveLength(1);
  });

  it('are acknowledged, once', async () => {
    const { id, fencingToken } = await claimOne();
    const answer = await settle(id, 'ack', { fencingToken });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await settle(id, 'ack', { fencingToken })).status).toBe(204);
    const lost = await settle(id, 'nack', { fencingToken });
    expect(refusalIn(lost)).toBe('LEASE_LOST');
    expect(lost.body['why']).toBe('settled');
  });

  it('are tried again after a nack, and the old fencing token is lost', async () => {
    const first = await claimOne();
    expect(
      (await settle(first.id, 'nack', { fencingToken: first.fencingToken, delayMs: 0, reason: 'busy' })).status,
    ).toBe(204);
    const [second] = await claim({ waitMs: 5000 });
    expect(second).toMatchObject({ id: first.id, attempt: 2 });
    const late = await settle(first.id, 'ack', { fencingToken: first.fencingToken });
    expect(refusalIn(late)).toBe('LEASE_LOST');
    expect(late.body['why']).toBe('superseded');
  });

  it('are extended, and rejected for good', async () => {
    const { id, fencingToken } = await claimOne();
    expect((await settle(id, 'extend', { fencingToken, leaseMs: 60_000 })).status).toBe(204);
    expect((await settle(id, 'reject', { fencingToken, reason: 'hopeless' })).status).toBe(204);
    const { body } = await bench.ask('GET', '/v1/dead-letters', { token: operatorToken });
    expect(body['deadLetters']).toMatchObject([{ id, reason: 'hopeless' }]);
  });

  it('are settled by nobody but who holds them', async () => {
    const { id, fencingToken } = await claimOne();
    for (const verb of ['ack', 'nack', 'extend', 'reject']) {
      const body = { fencingToken, ...(verb === 'extend' ? { leaseMs: 1000 } : {}) };
      expect(refusalIn(await settle(id, verb, body, stranger))).toBe('DELIVERY_NOT_FOUND');
      expect(refusalIn(await settle(id, verb, body, planner))).toBe('DELIVERY_NOT_FOUND');
      expect(refusalIn(await settle(id, verb, body, operatorToken))).toBe('AGENT_REQUIRED');
      expect(refusalIn(await settle('nothing', verb, body))).toBe('DELIVERY_NOT_FOUND');
      expect(refusalIn(await settle(id, verb, { ...body, fencingToken: 1.5 }))).toBe('REQUEST_INVALID');
      expect(refusalIn(await settle(id, verb, {}))).toBe('REQUEST_INVALID');
    }
    expect((await settle(id, 'ack', { fencingToken })).status).toBe(204);
  });

  it('may not be claimed beyond the bounds, nor by the operator', async () => {
    for (const body of [
      { max: 0 },
      { max: 1001 },
      { waitMs: -1 },
      { waitMs: 60_001 },
      { leaseMs: 1 },
      { more: 1 },
      [],
    ]) {
      expect(refusalIn(await bench.ask('POST', '/v1/deliveries/claim', { token: worker, body }))).toBe(
        'REQUEST_INVALID',
      );
    }
    expect(refusalIn(await bench.ask('POST', '/v1/deliveries/claim', { token: operatorToken }))).toBe('AGENT_REQUIRED');
  });

  it('are given back where the client went away while it waited', async () => {
    const { port } = new URL(await bench.url());
    const socket = connect(Number(port), '127.0.0.1');
    const body = JSON.stringify({ waitMs: 60_000 });
    socket.write(
      `POST /v1/deliveries/claim HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${worker}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await expect.poll(() => connections()).toBe(1);
    socket.destroy();
    await expect.poll(() => connections()).toBe(0);
    await send();
    const [delivery] = await claim({ waitMs: 5000 });
    // Whichever of the two claims was served first, the delivery is there, and giving back costs no attempt.
    expect(delivery?.attempt).toBe(1);
  });

  it('are given back where they were granted to a client that had gone away', async () => {
    await send();
    const asked = Promise.withResolvers<void>();
    vi.spyOn(AgentHandle.prototype, 'claim').mockImplementationOnce(async function (this: AgentHandle, options) {
      asked.resolve();
      await once(options.signal, 'abort');
      // The real one, since this stands in once.
      return this.claim({ ...options, signal: new AbortController().signal });
    });
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${worker}` };
    const request = fetch(`${await bench.url()}/v1/deliveries/claim`, {
      method: 'POST',
      headers,
      signal: leaving.signal,
    });
    await asked.promise;
    leaving.abort();
    await expect(request).rejects.toThrow('aborted');
    expect(await claim({ waitMs: 5000 })).toMatchObject([{ attempt: 1 }]);
  });

  it('are waited for by a bounded number of claims of one agent', async () => {
    const waits = Array.from({ length: httpLimits.claimsAtOnce }, () => claim({ waitMs: 60_000 }));
    const refused = await bench.ask('POST', '/v1/deliveries/claim', { token: worker, body: { waitMs: 60_000 } });
    expect(refusalIn(refused)).toBe('TOO_MANY_REQUESTS');
    expect(refused.headers['retry-after']).toBe('1');
    expect(await claim({ waitMs: 0 }, stranger)).toEqual([]);
    bench.beginDrain();
    expect((await Promise.all(waits)).flat()).toEqual([]);
  });

  it('go to nobody who was unregistered while waiting, whoever has the id now', async () => {
    const waiting = bench.ask('POST', '/v1/deliveries/claim', { token: worker, body: { waitMs: 60_000 } });
    await bench.ask('DELETE', '/v1/agents/worker?tenant=acme', { token: operatorToken });
    const { token } = await bench.register({ id: 'worker', tenant: 'acme' });
    await send();
    expect(refusalIn(await waiting)).toBe('CREDENTIAL_REFUSED');
    expect(await claim({ waitMs: 5000 }, token)).toMatchObject([{ attempt: 1 }]);
  });
});
