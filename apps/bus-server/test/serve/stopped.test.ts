import { join } from 'node:path';
import { Child } from '@charterbus/tooling/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

interface Delivery {
  readonly id: string;
  readonly fencingToken: number;
  readonly attempt: number;
}

const claim = async (agent: Client, leaseMs: number): Promise<Delivery | undefined> => {
  const { body } = await agent.ask('POST', '/v1/deliveries/claim', { max: 1, waitMs: 20_000, leaseMs });
  return (body['deliveries'] as readonly Delivery[])[0];
};

/** A server, a worker with its token, and one message on its way to it. */
const start = async () => {
  const scratch = scratchDirectory();
  onTestFinished(() => scratch[Symbol.dispose]());
  const data = join(scratch.path, 'data');
  const server = ServerProcess.serve(data);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const url = await server.url;
  const operator = Client.operator(url, data);
  const { body: registered } = await operator.ask('POST', '/v1/agents', { id: 'worker', tenant: 'acme' });
  const token = String(registered['token']);
  const planner = await operator.agent({ id: 'planner', tenant: 'acme' });
  const { body: constitution } = await operator.ask('GET', '/v1/constitution');
  const sent = await planner.ask('POST', '/v1/messages', {
    to: { agent: 'worker' },
    type: 'task_request',
    constitutionalHash: constitution['shortHash'],
    content: 'once',
  });
  expect(sent.status).toBe(202);
  return { server, url, operator, token, worker: new Client(url, token), messageId: String(sent.body['messageId']) };
};

describe('a process that is stopped for longer than a lease', () => {
  it('as a consumer, comes back to a lease that is lost: the message is another’s, and its late ack changes nothing', async () => {
    const { url, token, worker, operator, messageId } = await start();
    const consumer = new Child(new URL('../support/stopped-consumer.ts', import.meta.url), url, token, '200');
    onTestFinished(() => consumer.kill());
    const [id, fencingToken] = ((await consumer.line()) ?? '').split(' ');
    process.kill(consumer.pid, 'SIGSTOP');
    const again = await claim(worker, 60_000);
    expect(again).toMatchObject({ id, attempt: 2 });
    expect(again?.fencingToken).toBeGreaterThan(Number(fencingToken));
    process.kill(consumer.pid, 'SIGCONT');
    await consumer.end();
    expect(await consumer.line()).toBe('409 LEASE_LOST');
    expect((await operator.ask('GET', `/v1/messages/${messageId}`)).body['status']).toBe('processing');
    const acknowledged = await worker.ask('POST', `/v1/deliveries/${id}/ack`, { fencingToken: again?.fencingToken });
    expect(acknowledged.status).toBeLessThan(300);
    expect((await operator.ask('GET', `/v1/messages/${messageId}`)).body['status']).toBe('delivered');
  });

  it('as the server, takes no ack of a lease that ended meanwhile, and gives the message anew', async () => {
    const { server, url, worker, token } = await start();
    const first = await claim(worker, 200);
    server.signal('SIGSTOP');
    // Nobody answers, for longer than the lease.
    const unanswered = fetch(`${url}/v1/constitution`, { signal: AbortSignal.timeout(600) });
    await expect(unanswered).rejects.toThrow(/timeout/);
    server.signal('SIGCONT');
    const late = await new Client(url, token).ask('POST', `/v1/deliveries/${first?.id}/ack`, {
      fencingToken: first?.fencingToken,
    });
    expect(late).toMatchObject({ status: 409, body: { code: 'LEASE_LOST' } });
    expect(await claim(worker, 60_000)).toMatchObject({ id: first?.id, attempt: 2 });
  });
});
