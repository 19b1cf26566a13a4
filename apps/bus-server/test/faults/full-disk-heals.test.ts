import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createBus } from '@charterbus/bus';
import { sqliteBackend } from '@charterbus/bus/sqlite';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Client, ServerProcess } from '../support/server-process.js';
import { fillUp } from './support/fill-disk.js';
import { smallDisk } from './support/small-disk.js';

const patience = { timeout: 20_000, interval: 50 };
const tokens = 7;

/** A server with somebody who sends to somebody who is away, and states what it has used. */
const start = async (data: string) => {
  const server = ServerProcess.serve(data);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const operator = Client.operator(await server.url, data);
  await operator.agent({ id: 'worker', tenant: 'acme' });
  const sender = await operator.agent({ id: 'sender', tenant: 'acme' });
  const constitutionalHash = String((await operator.ask('GET', '/v1/constitution')).body['shortHash']);
  const rest = { to: { agent: 'worker' }, type: 'query', constitutionalHash, usage: { inputTokens: tokens } };
  const send = async (bytes: number): Promise<number> =>
    (await sender.ask('POST', '/v1/messages', { ...rest, content: 'x'.repeat(bytes) })).status;
  return { server, operator, send };
};

interface Recovery {
  readonly component: string;
  readonly state: string;
}

/** What it says of itself: of the whole, of the store, whether to give it work, and what it does about it. */
const look = async (operator: Client) => {
  const health = (await operator.ask('GET', '/v1/health')).body['now'] as {
    readonly status: string;
    readonly components: readonly { readonly name: string; readonly score: number }[];
  };
  const { active, history } = (await operator.ask('GET', '/v1/recoveries')).body as Record<string, readonly Recovery[]>;
  return {
    status: health.status,
    store: health.components.find(({ name }) => name === 'store')?.score,
    ready: (await operator.ask('GET', '/readyz')).status,
    active: active?.map(({ component, state }) => `${component} ${state}`),
    ended: history?.map(({ component, state }) => `${component} ${state}`),
  };
};

const countedBy = async (operator: Client): Promise<unknown> => {
  const [from, to] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  const { body } = await operator.ask('GET', `/v1/usage?from=${from}&to=${to}&groupBy=operation`);
  const totals = body['totals'] as readonly { operation: string; quantity: number; inputTokens: number }[];
  const found = totals.find(({ operation }) => operation === 'agent_message');
  return { quantity: found?.quantity, inputTokens: found?.inputTokens };
};

/** What the audit log itself says. */
const admissionsIn = async (data: string): Promise<number> => {
  const bus = await createBus({ backend: sqliteBackend({ directory: data }) });
  onTestFinished(async () => void (await bus.drain(0)));
  let found = 0;
  for (let index = 0; index < (await bus.operations.leafCount()); index++) {
    const leaf = JSON.parse((await bus.operations.leaf(index))?.text ?? '{}') as { readonly kind?: string };
    if (leaf.kind === 'admission') found += 1;
  }
  return found;
};

it('a server whose disk is full says so, recovers by itself once there is room, and has counted all that it kept', {
  timeout: 60_000,
}, async (context) => {
  const disk = smallDisk(context);
  const data = join(disk, 'data');
  mkdirSync(data);
  const { server, operator, send } = await start(data);
  let kept = 0;
  const sent = async (bytes = 10): Promise<number> => {
    const status = await send(bytes);
    if (status === 202) kept += 1;
    return status;
  };
  for (let count = 0; count < 5; count++) expect(await sent()).toBe(202);
  const ballast = join(disk, 'ballast');
  fillUp(ballast);
  for (let count = 0; count < 60; count++) await sent(20_000);
  while ((await sent()) !== 503);
  await vi.waitFor(async () => {
    const { active, ...said } = await look(operator);
    expect(said).toEqual({ status: 'critical', store: 0, ready: 503, ended: [] });
    expect(active).toEqual([expect.stringMatching(/^store (scheduled|in_progress)$/)]);
  }, patience);
  rmSync(ballast);
  const well = { status: 'healthy', store: 1, ready: 200, active: [], ended: ['store succeeded'] };
  await vi.waitFor(async () => expect(await look(operator)).toEqual(well), patience);
  expect(await sent(20_000)).toBe(202);
  await vi.waitFor(
    async () => expect(await countedBy(operator)).toEqual({ quantity: kept, inputTokens: kept * tokens }),
    patience,
  );
  server.signal('SIGKILL');
  await server.ended;
  expect(await admissionsIn(data)).toBe(kept);
});
