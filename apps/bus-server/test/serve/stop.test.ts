import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

describe('a signal to charterbus serve', () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let data: string;

  beforeEach(() => {
    scratch = scratchDirectory();
    data = join(scratch.path, 'data');
  });
  afterEach(() => scratch[Symbol.dispose]());

  /** An agent that is waiting for a delivery, so that the server has something to let go. */
  const waitForDelivery = async (url: string) => {
    const worker = await Client.operator(url, data).agent({ id: 'worker', tenant: 'acme' });
    const waiting = worker.ask('POST', '/v1/deliveries/claim', { waitMs: 60_000 });
    // Requests of one agent are counted when they arrive: another one answers only after the first was taken up.
    await worker.ask('POST', '/v1/deliveries/claim', { waitMs: 0 });
    return waiting;
  };

  it.each(['SIGTERM', 'SIGINT'] as const)('%s drains it, lets long polls go, and ends it with 0', async (signal) => {
    await using server = ServerProcess.serve(data);
    const url = await server.url;
    const operator = Client.operator(url, data);
    const planner = await operator.agent({ id: 'planner', tenant: 'acme' });
    const waiting = waitForDelivery(url);
    const { body } = await planner.ask('GET', '/v1/constitution');
    await expect.poll(async () => (await operator.ask('GET', '/v1/agents/worker')).status).toBe(200);
    await planner.ask('POST', '/v1/messages', {
      to: { agent: 'planner' },
      type: 'event',
      content: 1,
      constitutionalHash: body['shortHash'],
    });
    server.signal(signal);
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(await waiting.catch(() => 'cut')).not.toBe('cut');
    expect(server.output).toMatch(/^Charterbus has stopped: 1 queued, 0 leased and 0 held stay for the next start\.$/m);
    expect(server.errors).toBe('');
  });

  it('drains it so that the next start finds everything', async () => {
    {
      await using server = ServerProcess.serve(data);
      await Client.operator(await server.url, data).agent({ id: 'worker', tenant: 'acme' });
      server.signal('SIGTERM');
      await server.ended;
    }
    await using again = ServerProcess.serve(data);
    const { body } = await Client.operator(await again.url, data).ask('GET', '/v1/agents');
    expect(body['agents']).toMatchObject([{ id: 'worker' }]);
  });
});
