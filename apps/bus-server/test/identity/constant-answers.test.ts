import { signChallenge } from '@charterbus/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentKey, makeKey } from '../support/keys.js';
import { type Answer, ServerBench } from '../support/server-bench.js';

/** Names of one length, so that answers that hold them are of one length as well. */
const nobody = { tenant: 'acme', agent: 'nobody' };
const foreign = { tenant: 'glob', agent: 'worker' };
const nobodyForeign = { tenant: 'glob', agent: 'nobody' };
const nowhere = { tenant: 'void', agent: 'worker' };
const others = [nobody, foreign, nobodyForeign, nowhere] as const;

/** What of an answer is no accident: without ids, instants, digests, and the names that were asked about. */
const shapeOf = ({ status, headers, text }: Answer): object => ({
  status,
  headers: Object.keys(headers).toSorted(),
  length: headers['content-length'],
  text: text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/[0-9a-f]{64}/g, 'DIGEST')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replaceAll(/"index":\d+/g, '"index":N')
    .replaceAll(/"(acme|glob|void)"/g, 'TENANT')
    .replaceAll(/"(worker|nobody)"/g, 'AGENT')
    .replaceAll(/cbc_[\w-]+/g, 'CHALLENGE'),
});

describe('an unknown agent and a forbidden tenant', () => {
  let bench: ServerBench;
  let token: string;
  let strange: string;
  let key: AgentKey;

  beforeAll(async () => {
    bench = await ServerBench.open();
    key = makeKey();
    const draft = { capabilities: ['work'], publicKey: key.publicKey };
    ({ token } = await bench.register({ id: 'sender', tenant: 'acme' }));
    ({ token: strange } = await bench.register({ id: 'worker', tenant: 'glob', ...draft }));
    await bench.ask('POST', '/v1/subscriptions', { token: strange, body: { pattern: 'orders.>' } });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, body?: unknown) =>
    bench.ask(method, url, { token, ...(body === undefined ? {} : { body }) });
  const send = (to: object) => ask('POST', '/v1/messages', { ...bench.draft('x'), to });

  /** Asks about each of them and wants one answer. */
  const sameOf = async <About>(all: readonly About[], about: (one: About) => Promise<Answer>): Promise<Answer> => {
    const answers: Answer[] = [];
    for (const one of all) answers.push(await about(one));
    const [first, ...rest] = answers.map(shapeOf);
    for (const each of rest) expect(each).toEqual(first);
    return answers[0]!;
  };

  it('are told the same of a message to them', async () => {
    const told = await sameOf(others, ({ tenant, agent }) => send({ tenant, agent }));
    expect(told.body['code']).toBe('RECIPIENT_UNREACHABLE');
    await sameOf(others, ({ tenant }) => send({ tenant, capability: 'work' }));
    await sameOf([foreign, nowhere], ({ tenant }) => send({ tenant, topic: 'orders.made' }));
    await sameOf(others, ({ tenant, agent }) =>
      ask('POST', '/v1/messages/batch', { messages: [{ ...bench.draft('x'), to: { tenant, agent } }] }),
    );
  });

  it('are told the same of the way of such a message', async () => {
    const told = await sameOf(others, async ({ tenant, agent }) => {
      const { body } = await send({ tenant, agent });
      return ask('GET', `/v1/messages/${String(body['messageId'])}`);
    });
    expect(told.status).toBe(200);
  });

  it("are told the same of others' messages and deliveries as of none", async () => {
    await bench.register({ id: 'mate', tenant: 'glob' });
    const message = { ...bench.draft('mate'), dedupeKey: 'one' };
    const { body } = await bench.ask('POST', '/v1/messages', { token: strange, body: message });
    const theirs = String(body['messageId']);
    const none = theirs.replace(/^.{8}/, '01890000');
    expect((await sameOf([theirs, none], (id) => ask('GET', `/v1/messages/${id}`))).status).toBe(404);
    for (const verb of ['ack', 'nack', 'reject']) {
      await sameOf([`${theirs}/0`, `${none}/0`, `${theirs}:0`, `${none}:0`], (id) =>
        ask('POST', `/v1/deliveries/${encodeURIComponent(id)}/${verb}`, { fencingToken: 1 }),
      );
    }
  });

  it('are told the same of subscriptions', async () => {
    const query = ({ tenant, agent }: { tenant: string; agent: string }) => `tenant=${tenant}&agent=${agent}`;
    expect((await sameOf(others, (one) => ask('GET', `/v1/subscriptions?${query(one)}`))).body).toEqual({
      subscriptions: [],
    });
    await sameOf(others, (one) => ask('POST', '/v1/subscriptions', { pattern: 'orders.>', ...one }));
    await sameOf(others, (one) => ask('DELETE', `/v1/subscriptions?pattern=orders.%3E&${query(one)}`));
  });

  it('are told the same of challenges, sessions and registrations', async () => {
    const stranger = makeKey();
    const challenge = (one: object) => bench.ask('POST', '/v1/sessions/challenge', { body: one });
    expect((await sameOf(others, challenge)).status).toBe(200);
    const proof = async (agent: { tenant: string; agent: string }, draft?: object) => {
      const given = String((await challenge(agent)).body['challenge']);
      const statement = { challenge: given, agent, ...(draft === undefined ? {} : { draft }) };
      return { challenge: given, signature: signChallenge(statement, stranger.privateKey) };
    };
    const opened = await sameOf(others, async (one) => bench.ask('POST', '/v1/sessions', { body: await proof(one) }));
    expect(opened.body['code']).toBe('CREDENTIAL_REFUSED');
    await sameOf(others, async (one) => {
      const draft = { id: one.agent, tenant: one.tenant };
      const body = { draft, proof: await proof(one, draft) };
      return bench.ask('POST', `/v1/agents/${one.agent}/registration`, { body });
    });
  });

  it('are told the same of agents, their states and their credentials', async () => {
    for (const rest of ['', '/state', '/credentials']) {
      await sameOf(others, ({ tenant, agent }) => ask('GET', `/v1/agents/${agent}${rest}?tenant=${tenant}`));
    }
    await sameOf(others, ({ tenant, agent }) => ask('POST', `/v1/agents/${agent}/heartbeat?tenant=${tenant}`, {}));
    const { body } = await bench.ask('GET', '/v1/agents/worker/credentials', { token: strange });
    const [credential] = body['credentials'] as readonly { readonly id: string }[];
    for (const id of [String(credential?.id), 'none']) {
      const path = ({ tenant, agent }: { tenant: string; agent: string }, verb = '') =>
        `/v1/agents/${agent}/credentials/${id}${verb}?tenant=${tenant}`;
      const refused = await sameOf(others, (one) => ask('DELETE', path(one)));
      expect(refused.body['code']).toBe('OPERATOR_REQUIRED');
      await sameOf(others, (one) => ask('POST', path(one, '/rotate'), {}));
    }
  });
});
