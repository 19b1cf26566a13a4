import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateService, type OpaServer, opa, requireService, startOpa } from '@charterbus/tooling/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { opaSnapshot, query } from '../support/opa.js';
import { never } from '../support/requests.js';

/**
 * What makes the wrapper necessary, shown on the real server, with what the engine makes of it. Where a new version
 * behaves better, a test fails and says which precaution has become superfluous.
 */
const policies = `package traps

defined := true

object := {"allow": true, "reason": "because", "metadata": {"score": 1}}

other := true if input.sender.id == "somebody else"

division := 1 / (count(input.sender.id) - count(input.sender.id)) == 1

conflict := true if input.point == "send"

conflict := false if input.action == "send"

blind := true if not input.sender

number := 9007199254740993

big := {"allow": true, "metadata": {"id": 9007199254740993}}

float := {"allow": true, "metadata": {"share": 1.0}}

echo := input

text := "true"

list := [true]

nothing := null
`;

let server: OpaServer | undefined;
let directory = '';

beforeAll(async () => {
  if (locateService(opa) === undefined) return;
  directory = await mkdtemp(join(tmpdir(), 'opa-traps-'));
  await writeFile(join(directory, 'traps.rego'), policies);
  server = await startOpa({ args: [join(directory, 'traps.rego')] });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  if (directory !== '') await rm(directory, { recursive: true });
});

beforeEach((context) => void requireService(context, opa));

interface Raw {
  readonly status: number;
  readonly text: string;
}

/** Over a bare socket's worth of HTTP: no redirects, and the path as it is written. */
const post = (path: string, body: string, url = server?.url ?? ''): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, path, method: 'POST' }, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });

const ask = async (rule: string, more: object = {}) => {
  const snapshot = await opaSnapshot({ url: server?.url ?? '', path: `traps/${rule}`, ...more });
  const answer = await snapshot.evaluate(query, never);
  await snapshot.close();
  return answer;
};

const allows = (rule: string) => ({ decision: 'allow', policies: [`traps/${rule}`], errors: [] });
const errs = (error: string) => ({ decision: 'deny', policies: [], errors: [expect.stringContaining(error)] });

describe('OPA by itself, and what the engine makes of it', () => {
  it('answers a defined rule with a result', async () => {
    expect(await post('/v1/data/traps/defined', '{"input":{}}')).toEqual({ status: 200, text: '{"result":true}\n' });
    expect(await ask('defined')).toEqual(allows('defined'));
    expect(await ask('object')).toEqual(allows('object'));
  });

  it('answers 200 without a result for an undefined rule and for one that nobody knows', async () => {
    expect(await post('/v1/data/traps/other', '{"input":{}}')).toEqual({ status: 200, text: '{}\n' });
    expect(await post('/v1/data/no/such/rule', '{"input":{}}')).toEqual({ status: 200, text: '{}\n' });
    expect(await ask('other')).toEqual(errs('traps/other is undefined'));
    expect(await ask('mispelt')).toEqual(errs('traps/mispelt is undefined'));
  });

  it('answers 200 without a result while no bundle is in force, and plain health says that all is well', async () => {
    const settings = join(directory, 'waiting.yaml');
    await writeFile(
      settings,
      'services: { s: { url: "http://127.0.0.1:9" } }\nbundles: { b: { service: s, resource: b.tar.gz } }\n',
    );
    await using waiting = await startOpa({ args: ['--config-file', settings] });
    expect((await fetch(`${waiting.url}/health`)).status).toBe(200);
    expect((await fetch(`${waiting.url}/health?bundles`)).status).toBe(500);
    expect(await post('/v1/data/charterbus/decision', '{"input":{}}', waiting.url)).toEqual({
      status: 200,
      text: '{}\n',
    });
    const snapshot = await opaSnapshot({ url: waiting.url });
    expect(await snapshot.evaluate(query, never)).toEqual(errs('no bundle in force'));
    await snapshot.close();
  });

  it('evaluates without any input where it is missing, and only warns', async () => {
    const raw = await post('/v1/data/traps/blind', '{"inputs":{}}');
    expect(raw.status).toBe(200);
    expect(JSON.parse(raw.text)).toMatchObject({ result: true, warning: { code: 'api_usage_warning' } });
    expect(await ask('blind')).toEqual(errs('traps/blind is undefined'));
  });

  it('refuses bad JSON and deep nesting', async () => {
    expect(await post('/v1/data/traps/defined', '{"input":')).toMatchObject({ status: 400 });
    const nested = (depth: number) => `{"input":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(await post('/v1/data/traps/defined', nested(3_000))).toMatchObject({ status: 200 });
    expect(await post('/v1/data/traps/defined', nested(20_000))).toMatchObject({
      status: 400,
      text: expect.stringContaining('invalid_parameter') as string,
    });
  });

  it('answers 500 for conflicting rules', async () => {
    const input = JSON.stringify({ input: { point: 'send', action: 'send' } });
    expect(await post('/v1/data/traps/conflict', input)).toMatchObject({
      status: 500,
      text: expect.stringContaining('eval_conflict_error') as string,
    });
    expect(await ask('conflict')).toEqual(errs('the status 500 (internal_error, eval_conflict_error)'));
  });

  it('takes an error of a builtin for undefined, unless it is told to be strict', async () => {
    const input = JSON.stringify({ input: { sender: { id: 'a' } } });
    expect(await post('/v1/data/traps/division', input)).toEqual({ status: 200, text: '{}\n' });
    expect(await post('/v1/data/traps/division?strict-builtin-errors=true', input)).toMatchObject({ status: 500 });
    expect(await ask('division')).toEqual(errs('eval_builtin_error'));
  });

  it('redirects dot segments, and takes an escaped slash for no separator', async () => {
    expect(await post('/v1/data/traps/../traps/defined', '{"input":{}}')).toMatchObject({ status: 301 });
    expect(await post('/v1/data/traps%2Fdefined', '{"input":{}}')).toEqual({ status: 200, text: '{}\n' });
    for (const path of ['../defined', 'traps/./defined', 'traps%2Fdefined', 'traps//defined', 'a?b', 'a#b', '', 'a b'])
      await expect(opaSnapshot({ url: server?.url ?? '', path })).rejects.toThrow('settings of opa are not valid');
  });

  it('writes integers that no number of JavaScript holds', async () => {
    expect(await post('/v1/data/traps/number', '{"input":{}}')).toMatchObject({
      text: '{"result":9007199254740993}\n',
    });
    expect(await ask('big')).toEqual(errs('does not survive reading'));
    expect(await ask('float')).toEqual(allows('float'));
  });

  it('takes the last of two keys', async () => {
    const raw = await post('/v1/data/traps/echo', '{"input":{"role":"judge","role":"executive"}}');
    expect(JSON.parse(raw.text)).toEqual({ result: { role: 'executive' } });
  });

  it('knows no batches', async () => {
    expect(await post('/v1/batch/data/traps/defined', '{"inputs":{"0":{}}}')).toMatchObject({ status: 404 });
  });

  it.each(['number', 'echo', 'text', 'list', 'nothing'])('may answer with anything: %s', async (rule) => {
    expect(await ask(rule)).toMatchObject({ decision: 'deny', policies: [], errors: [expect.any(String)] });
  });

  it('states no revision where the policies came from no bundle', async () => {
    const bundle = { name: 'policies', revision: '7' };
    expect(await ask('defined', { bundle })).toEqual(errs('states no revision of the bundle policies'));
  });
});
