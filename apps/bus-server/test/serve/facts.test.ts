import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { traceSchema } from '../../src/http/schemas/trace.js';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

const example = fileURLToPath(new URL('../../../../examples/airline/', import.meta.url));
const environment = {
  CHARTERBUS_CONSTITUTION: join(example, 'constitution'),
  CHARTERBUS_CONSTITUTION_DATA: join(example, 'data'),
};
const rows = JSON.parse(readFileSync(join(example, 'data/reservations.json'), 'utf8')) as Record<
  string,
  { readonly total_baggages: number }
>;
const [reservation = '', row] = Object.entries(rows).find(([, { total_baggages }]) => total_baggages > 1) ?? [];

const bags = 'update_reservation_baggages';
const details = 'get_reservation_details';

const repack = (hash: string, conversationId: string, total: number) => ({
  to: { agent: `tool:${bags}` },
  type: 'task_request',
  content: { tool: bags, arguments: { reservation_id: reservation, total_baggages: total } },
  constitutionalHash: hash,
  conversationId,
});

const answer = (hash: string, conversationId: string) => ({
  to: { agent: 'agent' },
  type: 'task_response',
  content: { tool: details, result: { ...row, total_baggages: 0 } },
  constitutionalHash: hash,
  conversationId,
});

/** The airline's server with its agents. */
const open = async (data: string) => {
  const server = ServerProcess.serve(data, environment);
  const operator = Client.operator(await server.url, data);
  const { body: inForce } = await operator.ask('GET', '/v1/constitution');
  const agent = await operator.agent({ id: 'agent', tenant: 'airline' });
  const tool = await operator.agent({ id: `tool:${details}`, tenant: 'airline' });
  await operator.agent({ id: `tool:${bags}`, tenant: 'airline' });
  const slots = inForce['slots'] as Readonly<Record<string, string>>;
  return { server, operator, agent, tool, slots, hash: String(inForce['shortHash']) };
};

const firstVerdict = async (client: Client, messageId: unknown) => {
  const { body } = await client.ask('GET', `/v1/messages/${String(messageId)}`);
  return traceSchema.parse(body).verdicts[0];
};

it('judges by facts, and shows operators the facts that decided, by value, and senders by name', async () => {
  using scratch = scratchDirectory();
  const { server, operator, agent, slots, hash } = await open(join(scratch.path, 'data'));
  await using _server = server;
  expect(new Set(Object.keys(slots))).toEqual(new Set(['flights', 'reservations', 'users']));
  const denied = await agent.ask('POST', '/v1/messages', repack(hash, 'one', 1));
  expect(denied).toMatchObject({ status: 403, body: { code: 'POLICY_DENIED', reasons: ['R5'] } });
  const { messageId } = denied.body;
  expect(await firstVerdict(operator, messageId)).toMatchObject({
    sources: [{ policy: 'R5', file: 'policies/changing.cedar' }],
    facts: {
      action: bags,
      read: [
        { name: 'bags', value: row?.total_baggages },
        { name: 'bags_asked_for', value: 1 },
      ],
      slots: { reservations: slots['reservations'] },
    },
  });
  const seen = await firstVerdict(agent, messageId);
  expect(seen?.facts?.read).toEqual(['bags', 'bags_asked_for'].map((name) => ({ name, redacted: true })));
});

it('knows after kill -9 what tools had said in a conversation, and only there', async () => {
  using scratch = scratchDirectory();
  const data = join(scratch.path, 'data');
  const { server, agent, tool, hash } = await open(data);
  expect((await agent.ask('POST', '/v1/messages', repack(hash, 'one', 1))).status).toBe(403);
  expect((await tool.ask('POST', '/v1/messages', answer(hash, 'one'))).status).toBe(202);
  server.signal('SIGKILL');
  await server.ended;
  await using second = ServerProcess.serve(data, environment);
  const again = agent.at(await second.url);
  expect((await again.ask('POST', '/v1/messages', repack(hash, 'one', 1))).status).toBe(202);
  expect((await again.ask('POST', '/v1/messages', repack(hash, 'two', 1))).status).toBe(403);
});

it('does not start without the data that the facts need, and says so in a sentence', async () => {
  using scratch = scratchDirectory();
  const { CHARTERBUS_CONSTITUTION } = environment;
  await using server = ServerProcess.serve(join(scratch.path, 'data'), { CHARTERBUS_CONSTITUTION });
  expect((await server.ended).code).not.toBe(0);
  expect(server.errors).toMatch(/manifest\.yaml:\d+:\d+: .*reservations/);
  expect(server.errors).toContain('CHARTERBUS_CONSTITUTION_DATA');
});
