import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { opa, requireService, runOpa, startOpa } from '@charterbus/tooling/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConstitution } from '../../src/index.js';
import { toFiles } from '../support/files.js';
import { opaSnapshot, query } from '../support/opa.js';
import { refusal } from '../support/problems.js';
import { manifestOf } from '../support/rego.js';
import { never } from '../support/requests.js';

const policies = `package charterbus

decision := {"allow": true}
`;
const authority = `package system.authz

default allow := false

allow if input.identity == "open-sesame"
`;
const allowed = { decision: 'allow', policies: ['charterbus/decision'], errors: [] };

let binary = '';
let directory = '';

beforeEach(async (context) => {
  binary = requireService(context, opa);
  directory = await mkdtemp(join(tmpdir(), 'opa-authority-'));
  await writeFile(join(directory, 'policy.rego'), policies);
});

afterEach(() => rm(directory, { recursive: true }));

const guarded = async () => {
  const rules = join(directory, 'authz.rego');
  await writeFile(rules, authority);
  const args = ['--authentication=token', '--authorization=basic', join(directory, 'policy.rego'), rules];
  return startOpa({ args, token: 'open-sesame' });
};

it('a token from the environment is shown, and one that is refused denies without being repeated', async () => {
  await using server = await guarded();
  const options = (token: string) => ({ url: server.url, tokenFrom: 'OPA_TOKEN', environment: { OPA_TOKEN: token } });
  const right = await opaSnapshot(options('open-sesame'));
  expect(await right.evaluate(query, never)).toEqual(allowed);
  const wrong = await opaSnapshot(options('wrong-word'));
  const answer = await wrong.evaluate(query, never);
  expect(answer).toEqual({
    decision: 'deny',
    policies: [],
    errors: ['OPA answered with the status 401 (unauthorized).'],
  });
  const none = await opaSnapshot({ url: server.url });
  expect(await none.evaluate(query, never)).toMatchObject({ decision: 'deny' });
  expect(inspect(right, { depth: 10, showHidden: true })).not.toContain('sesame');
  await Promise.all([right, wrong, none].map((snapshot) => snapshot.close()));
});

it.each([undefined, '', 'two\r\nX-Header: lines', 'with space', 'ünicode'])(
  'a token that is none is a problem: %j',
  async (token) => {
    const engine = '{ kind: opa, url: "http://127.0.0.1:1", tokenFrom: OPA_TOKEN }';
    const environment = token === undefined ? {} : { OPA_TOKEN: token };
    const files = toFiles({ 'manifest.yaml': manifestOf(engine) });
    const { problems } = await refusal(loadConstitution(files, { environment }));
    expect(problems).toEqual([
      { file: 'manifest.yaml', message: 'engine: the environment variable OPA_TOKEN holds no token.' },
    ]);
  },
);

const bundleOf = async (revision: string): Promise<string> => {
  const path = join(directory, 'bundle.tar.gz');
  await runOpa(binary, ['build', '--revision', revision, '-o', path, 'policy.rego'], directory);
  return path;
};

it('an answer that rests on another revision of the bundle denies', async () => {
  const bundle = await bundleOf('7');
  await using server = await startOpa({ args: ['--bundle', bundle], health: '/health?bundles' });
  const provenance = await fetch(`${server.url}/v1/data/charterbus/decision?provenance=true`, {
    method: 'POST',
    body: '{"input":{}}',
  });
  const { provenance: stated } = (await provenance.json()) as { provenance: { bundles: Record<string, unknown> } };
  const [name = ''] = Object.keys(stated.bundles);
  const ask = async (revision: string, of = name) => {
    const snapshot = await opaSnapshot({ url: server.url, bundle: { name: of, revision } });
    const answer = await snapshot.evaluate(query, never);
    await snapshot.close();
    return answer;
  };
  expect(await ask('7')).toEqual(allowed);
  expect(await ask('8')).toMatchObject({ decision: 'deny', errors: [expect.stringContaining('another revision')] });
  expect(await ask('7', 'other')).toMatchObject({ decision: 'deny', errors: [expect.stringContaining('no revision')] });
});

it('a server that is killed and started again is asked again, without a restart of ours', async () => {
  await using server = await startOpa({ args: [join(directory, 'policy.rego')] });
  const snapshot = await opaSnapshot({ url: server.url, breaker: { failures: 3, openMilliseconds: 1 } });
  expect(await snapshot.evaluate(query, never)).toEqual(allowed);
  await server.kill();
  for (let time = 0; time < 20; time++)
    expect(await snapshot.evaluate(query, never)).toMatchObject({
      decision: 'deny',
      policies: [],
      errors: [expect.any(String)],
    });
  await server.start();
  await expect.poll(() => snapshot.evaluate(query, never), { timeout: 5_000 }).toEqual(allowed);
  await snapshot.close();
});
