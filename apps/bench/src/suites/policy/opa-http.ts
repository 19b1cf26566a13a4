import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConstitution } from '@charterbus/policy-client';
import { startOpa } from '@charterbus/tooling/testing';
import { concurrent } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { inTurn } from '../in-turn.js';
import { insist } from '../insist.js';
import { openJudging } from './judging.js';
import { inputOf, manifestOf, regoPolicies, rule } from './rego-workload.js';
import { requests, roleOf, unrememberedSenders } from './workload.js';

/** A row that asks an OPA of its own, with so many policies. */
const withOpa = async (policies: number, open: (url: string) => Promise<OpenRow>): Promise<OpenRow> => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-bench-'));
  await writeFile(join(directory, 'send.rego'), regoPolicies(policies));
  const server = await startOpa({ args: [join(directory, 'send.rego')] });
  const row = await open(server.url);
  return {
    ...row,
    close: async () => {
      await row.close();
      await server.kill();
      await rm(directory, { recursive: true });
    },
  };
};

export const judgeByOpa = (name: string, policies: number, inFlight: number): Row => ({
  name,
  kind: 'ours',
  profile: 'the last policy applies, facts gathered, deadline kept, reply and decision checked, verdict made',
  open: () =>
    withOpa(policies, async (url) => {
      const constitution = await loadConstitution([manifestOf(`{ kind: opa, url: "${url}" }`)]);
      return openJudging(constitution, requests(unrememberedSenders, roleOf(policies - 1)), inFlight);
    }),
});

const path = `/v1/data/${rule}?strict-builtin-errors=true&provenance=true`;

const post = (agent: Agent, { hostname, port }: URL, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request({ agent, hostname, port, path, method: 'POST', headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => resolve(Buffer.concat(pieces).toString()));
    });
    asked.on('error', reject);
    asked.end(body);
  });

export const bareOpa = (name: string, policies: number, inFlight: number): Row => ({
  name,
  kind: 'limit',
  profile: 'the same POST by a bare http.Agent that keeps its connections, the last policy applies',
  leavesOut: 'projecting the request, reading and checking the reply, deadline, breaker, facts, verdict',
  open: () =>
    withOpa(policies, async (url) => {
      const agent = new Agent({ keepAlive: true });
      const where = new URL(url);
      const inputs = requests(unrememberedSenders, roleOf(policies - 1)).map(inputOf);
      const ask = (n: number) => post(agent, where, JSON.stringify({ input: inTurn(inputs, n) }));
      insist((await ask(0)).includes('"allow":true'), 'OPA does not allow.');
      return { batch: concurrent(inFlight, ask), close: async () => agent.destroy() };
    }),
});
