import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type OpaServer, opa, requireService, startOpa } from '@charterbus/tooling/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConstitution, readConstitutionDirectory } from '../../src/index.js';
import { decisionInput } from '../../src/rego/decision-input.js';
import { snapshotConstitution } from '../../src/testing/index.js';
import { illServer, reply } from '../support/ill-server.js';
import { opaSnapshot } from '../support/opa.js';
import { blocksOf, filesOf, pageOf, scriptsOf } from '../support/pages.js';
import { compileRego, manifestOf } from '../support/rego.js';
import { never, request } from '../support/requests.js';

const run = promisify(execFile);
const home = 'http://127.0.0.1:8181';
let binary = '';
let directory = '';

beforeEach(async (context) => {
  binary = requireService(context, opa);
  directory = await mkdtemp(join(tmpdir(), 'engine-pages-'));
});

afterEach(() => rm(directory, { recursive: true }));

/** Writes the files of a page and says what they are called. */
const write = async (page: string, kind: string): Promise<readonly string[]> => {
  const files = filesOf(page, kind);
  for (const { path, bytes } of files) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await writeFile(join(directory, path), bytes);
  }
  return files.map(({ path }) => path);
};

const shell = (script: string) => {
  // The program may have another name where it lies.
  const env = { PATH: [directory, process.env['PATH']].join(delimiter) };
  return run('bash', ['--norc', '-euo', 'pipefail', '-c', `opa() { "${binary}" "$@"; }\n${script}`], {
    cwd: directory,
    env,
  });
};

/** What a page's `opa run --server` says, on a port of its own. */
const serve = (command: string, health = '/health'): Promise<OpaServer> => {
  const [, args = ''] = /opa run --server --addr 127\.0\.0\.1:8181 (.*)/.exec(command) ?? [];
  return startOpa({ args: args.trim().split(' '), directory, health });
};

const at = (url: string) => (text: string) => text.replaceAll(home, url);

describe('the page of OPA', () => {
  const page = pageOf('engines/opa.md');

  it('shows a server and a constitution whose tests pass', async () => {
    expect(await write(page, 'server')).toEqual(['decision.rego']);
    await using server = await serve(scriptsOf(page)[0] ?? '');
    await using constitution = await loadConstitution(filesOf(page, 'file', at(server.url)));
    expect([...constitution.policies.keys()]).toEqual(['charterbus/decision']);
  });

  it('shows how a revision is pinned', async () => {
    await write(page, 'server');
    const script = scriptsOf(page)[1] ?? '';
    const [build = '', start = ''] = script.split('\n');
    await shell(build);
    await using server = await serve(start, '/health?bundles');
    const [pinned] = blocksOf(page, 'pinned');
    const manifest = at(server.url)(pinned?.text ?? '');
    const judge = async (text: string) => {
      await using constitution = await loadConstitution([{ path: 'manifest.yaml', bytes: Buffer.from(text) }]);
      return (await constitution.judge(request(), never)).effect;
    };
    expect(await judge(manifest)).toBe('allow');
    expect(await judge(manifest.replace("'7'", "'8'"))).toBe('deny');
  });
});

it('the page of compiled Rego shows a constitution that compiles, and whose tests pass', async () => {
  const page = pageOf('engines/opa-wasm.md');
  expect(await write(page, 'file')).toEqual([
    'manifest.yaml',
    'policies/office.rego',
    'data/limits.json',
    'tests/office.yaml',
  ]);
  for (const script of scriptsOf(page)) await shell(script);
  await using constitution = await loadConstitution(await readConstitutionDirectory(directory));
  expect([...constitution.policies.keys()]).toEqual([
    'charterbus/decision',
    'commands',
    'queries',
    'receive',
    'tenants',
  ]);
});

describe('the page of several engines', () => {
  const page = pageOf('engines/composite.md');

  it('shows a composite whose tests pass', async () => {
    expect(await write(page, 'server')).toEqual(['department.rego']);
    await using server = await startOpa({ args: ['department.rego'], directory });
    await using constitution = await loadConstitution(filesOf(page, 'file', at(server.url)));
    expect(constitution.policies.size).toBe(3);
  });

  it('shows a constitution without policies', async () => {
    const [block] = blocksOf(page, 'static');
    await using constitution = await loadConstitution([
      { path: 'manifest.yaml', bytes: Buffer.from(block?.text ?? '') },
    ]);
    expect((await constitution.judge(request(), never)).policies).toEqual(['static.attested']);
  });
});

describe('the page of the schema', () => {
  const page = pageOf('decision-schema.md');

  it('shows the input as it is sent', async () => {
    const [input] = blocksOf(page, 'input');
    const shown = JSON.parse(input?.text ?? '') as ReturnType<typeof decisionInput>;
    const { facts, ...asked } = shown;
    const typed = { ...facts, paid_at: { timestamp: facts['paid_at'] }, window: { milliseconds: facts['window'] } };
    expect(decisionInput({ ...asked, facts: typed } as Parameters<typeof decisionInput>[0])).toEqual(shown);
    await using server = await illServer((socket) => socket.write(reply('{"result":true}')));
    const snapshot = await opaSnapshot({ url: server.url });
    await snapshot.evaluate({ ...asked, facts: typed, hidden: 1 } as Parameters<typeof snapshot.evaluate>[0], never);
    await snapshot.close();
    expect(JSON.parse(server.requests[0]?.split('\r\n\r\n')[1] ?? '')).toEqual({ input: shown });
  });

  it('shows results for what they are', async () => {
    const decisions = blocksOf(page, 'decision');
    expect(decisions.length).toBeGreaterThan(8);
    const bundle = 'bundle: { name: b, revision: r }';
    const found: string[] = [];
    for (const { text } of decisions) {
      await using server = await illServer((socket) =>
        socket.write(reply(`{"result":${text},"provenance":{"bundles":{"b":{"revision":"r"}}}}`)),
      );
      await using constitution = await loadConstitution([
        { path: 'manifest.yaml', bytes: Buffer.from(manifestOf(`{ kind: opa, url: "${server.url}", ${bundle} }`)) },
        ...filesOf(page),
      ]);
      const { effect, code } = await constitution.judge(request(), never);
      found.push(code === 'POLICY_EVALUATION_FAILED' ? 'error' : effect);
    }
    expect(found).toEqual(decisions.map(({ name }) => name));
  });

  it('shows policies with names that decide', async () => {
    const [named] = blocksOf(page, 'file');
    const files = [
      { path: 'manifest.yaml', bytes: Buffer.from(manifestOf('opa-wasm')) },
      ...filesOf(page),
      { path: 'policy.wasm', bytes: compileRego(named?.text ?? '') },
    ];
    await using constitution = await loadConstitution(files);
    const judge = async (type: 'query' | 'command') => (await constitution.judge(request({ type }), never)).policies;
    expect([await judge('query'), await judge('command')]).toEqual([['queries'], ['commands']]);
  });

  it('shows how policies of the old system decide', async () => {
    const [adapter, manifest] = blocksOf(page, 'old');
    const old = `package acgs.constitutional

default validate := false

validate if input.message.constitutional_hash == "cdd01ef066bc6cf2"
`;
    const rbac = `package acgs.rbac

allow := {"allow": input.role == "executive", "reason": "by role", "metadata": {"agent": input.agent_id}}
`;
    await writeFile(join(directory, 'adapter.rego'), adapter?.text ?? '');
    await writeFile(join(directory, 'constitutional.rego'), old);
    await writeFile(join(directory, 'rbac.rego'), rbac);
    await using server = await startOpa({ args: ['adapter.rego', 'constitutional.rego', 'rbac.rego'], directory });
    const bytes = Buffer.from(at(server.url)(manifest?.text ?? ''));
    await using constitution = await loadConstitution([{ path: 'manifest.yaml', bytes }]);
    expect(await constitution.judge(request(), never)).toMatchObject({
      effect: 'deny',
      policies: ['rbac.charterbus/allow'],
    });
    const { sender } = request();
    const chief = { ...sender, role: 'executive' };
    expect(await constitution.judge(request({ sender: chief }), never)).toMatchObject({ effect: 'allow' });
    const direct = await opaSnapshot({ url: server.url, path: 'acgs/constitutional/validate' });
    expect((await snapshotConstitution(direct).judge(request(), never)).effect).toBe('deny');
    await direct.close();
  });
});
