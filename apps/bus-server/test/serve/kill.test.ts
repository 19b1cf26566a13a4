import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

const senders = 16;
const receiptsBeforeTheKill = 400;

interface Sent {
  readonly messageId: string;
  readonly leafIndex: number;
}

/** Sends until the connection ends, which enough receipts bring about. */
const sendUntilKilled = async (server: ServerProcess, data: string): Promise<readonly Sent[]> => {
  const operator = Client.operator(await server.url, data);
  await operator.agent({ id: 'worker', tenant: 'acme' });
  const { body } = await operator.ask('GET', '/v1/constitution');
  const draft = { to: { agent: 'worker' }, type: 'task_request', constitutionalHash: body['shortHash'] };
  const receipts: Sent[] = [];
  const send = async (id: string): Promise<void> => {
    const sender = await operator.agent({ id, tenant: 'acme' });
    for (let count = 0; ; count++) {
      const answer = await sender.ask('POST', '/v1/messages', { ...draft, content: { id, count } });
      expect(answer.status).toBe(202);
      receipts.push(answer.body as unknown as Sent);
      if (receipts.length === receiptsBeforeTheKill) server.signal('SIGKILL');
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: senders }, (_, place) => send(`sender-${place}`)));
  // What `fetch` throws when its connection ends; anything else would be a refusal.
  for (const end of ends) expect(end.status === 'rejected' && end.reason instanceof TypeError).toBe(true);
  return receipts;
};

const leafIndexes = async (operator: Client, id: string): Promise<readonly number[]> => {
  const { body } = await operator.ask('GET', `/v1/messages/${id}`);
  return (body['leaves'] as readonly { index: number }[]).map(({ index }) => index);
};

describe('a server that is killed under 16 concurrent senders', () => {
  it('has after a restart every message that had a receipt', async () => {
    using scratch = scratchDirectory();
    const data = join(scratch.path, 'data');
    await using server = ServerProcess.serve(data);
    const receipts = await sendUntilKilled(server, data);
    expect(await server.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(receipts.length).toBeGreaterThanOrEqual(receiptsBeforeTheKill);
    await using again = ServerProcess.serve(data);
    const operator = Client.operator(await again.url, data);
    for (const { messageId, leafIndex } of receipts) {
      const { status, body } = await operator.ask('GET', `/v1/messages/${messageId}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: 'pending', leaves: [{ index: leafIndex, leaf: { kind: 'admission' } }] });
    }
    const { body } = await operator.ask('GET', '/v1/messages?status=pending&limit=1000');
    const kept = (body['messages'] as readonly { id: string }[]).map(({ id }) => id);
    const indexes = (await Promise.all(kept.map((id) => leafIndexes(operator, id)))).flat();
    expect(indexes.toSorted((left, right) => left - right)).toEqual(kept.map((_, place) => place));
  });
});
