import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { defaultConstitutionDirectory } from '@charterbus/policy-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

describe('charterbus serve', () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let data: string;

  beforeEach(() => {
    scratch = scratchDirectory();
    data = join(scratch.path, 'data');
  });
  afterEach(() => scratch[Symbol.dispose]());

  /** A start that fails says one line, no stack, and ends with a code of its own. */
  const expectRefusal = async (server: ServerProcess, code: number): Promise<string> => {
    expect(await server.ended).toEqual({ code, signal: null });
    expect(server.output).toBe('');
    expect(server.errors).not.toMatch(/^\s+at /m);
    return server.errors;
  };

  it('says where it listens, under which constitution, and where the token is, but not the token', async () => {
    await using server = ServerProcess.serve(data);
    const url = await server.url;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(server.output).toMatch(
      /^Charterbus is listening at \S+ \(constitution default revision 1, [0-9a-f]{16}\)$/m,
    );
    const file = join(data, 'operator.token');
    const token = readFileSync(file, 'utf8').trim();
    expect(token).toMatch(/^cbo_[\w-]{43}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(server.output).toContain(file);
    expect(server.output + server.errors).not.toContain(token);
    expect((await Client.operator(url, data).ask('GET', '/v1/agents')).status).toBe(200);
  });

  it('keeps its data from everybody else, also in a directory that others can read', async () => {
    mkdirSync(data, { mode: 0o755 });
    await using server = ServerProcess.serve(data);
    await server.url;
    const open = readdirSync(data).filter((file) => (statSync(join(data, file)).mode & 0o077) !== 0);
    expect(readdirSync(data)).toContain('store.sqlite');
    expect(open).toEqual([]);
  });

  it('keeps its token for the next start', async () => {
    const tokens = [];
    for (let count = 0; count < 2; count++) {
      await using server = ServerProcess.serve(data);
      await server.url;
      tokens.push(readFileSync(join(data, 'operator.token'), 'utf8'));
    }
    expect(tokens[0]).toBe(tokens[1]);
  });

  it('takes the token of the environment, and then writes none', async () => {
    await using server = ServerProcess.serve(data, { CHARTERBUS_OPERATOR_TOKEN: 'a-token-of-the-environment' });
    const client = new Client(await server.url, 'a-token-of-the-environment');
    expect((await client.ask('GET', '/v1/agents')).status).toBe(200);
    expect(() => statSync(join(data, 'operator.token'))).toThrow('ENOENT');
  });

  it('refuses a token that others can read', async () => {
    mkdirSync(data);
    writeFileSync(join(data, 'operator.token'), 'a-token-for-everybody\n');
    chmodSync(join(data, 'operator.token'), 0o644);
    await using server = ServerProcess.serve(data);
    const errors = await expectRefusal(server, 2);
    expect(errors).toMatch(/^The operator's token in \S+ can be read by others: .*\n$/);
    expect(errors).not.toContain('a-token-for-everybody');
  });

  it('refuses a data directory that another process owns, and names it', async () => {
    await using first = ServerProcess.serve(data);
    await first.url;
    await using second = ServerProcess.serve(data);
    expect(await expectRefusal(second, 3)).toBe(`Process ${first.pid} owns the data directory ${data}.\n`);
  });

  it('refuses a port that is taken', async () => {
    const taker = createServer();
    taker.listen(0, '127.0.0.1');
    await once(taker, 'listening');
    const { port } = taker.address() as { port: number };
    await using server = ServerProcess.serve(data, { CHARTERBUS_PORT: String(port) });
    const errors = await expectRefusal(server, 5);
    taker.close();
    expect(errors).toBe(`Port ${port} of 127.0.0.1 is taken; set CHARTERBUS_PORT to another.\n`);
  });

  it('refuses a host that is none of its own', async () => {
    await using server = ServerProcess.serve(data, { CHARTERBUS_HOST: '192.0.2.1' });
    expect(await expectRefusal(server, 5)).toMatch(/^The server cannot listen at 192\.0\.2\.1 port 0 \(\w+\)\.\n$/);
  });

  it('refuses a data directory that cannot be written', async (context) => {
    if (process.getuid?.() === 0) context.skip('root may write everywhere');
    mkdirSync(data, { mode: 0o500 });
    await using server = ServerProcess.serve(data);
    expect(await expectRefusal(server, 3)).toMatch(/^The data directory \S+ cannot be written: .*\n$/);
  });

  it('refuses a data directory that is a file', async () => {
    writeFileSync(data, '');
    await using server = ServerProcess.serve(data);
    expect(await expectRefusal(server, 3)).toMatch(/^The data directory \S+ cannot be written: .*\n$/);
  });

  it('refuses a store that a newer version wrote', async () => {
    {
      await using server = ServerProcess.serve(data);
      await server.url;
      server.signal('SIGTERM');
      await server.ended;
    }
    const database = new DatabaseSync(join(data, 'store.sqlite'));
    database.exec("UPDATE store_versions SET version = 99 WHERE namespace = 'bus'");
    database.close();
    await using server = ServerProcess.serve(data);
    expect(await expectRefusal(server, 3)).toMatch(/^The store was written by a newer version: bus is at 99, .*\n$/);
  });

  it('refuses a constitution that does not validate, with every problem and its place', async () => {
    const constitution = join(scratch.path, 'constitution');
    cpSync(defaultConstitutionDirectory, constitution, { recursive: true });
    writeFileSync(
      join(constitution, 'policies', 'broken.cedar'),
      '@id("a")\npermit (principal, action, resource)\nwhen { principal.nonsense };\n\n@id("b")\npermit (principal, action, resource) when { 1 };\n',
    );
    await using server = ServerProcess.serve(data, { CHARTERBUS_CONSTITUTION: constitution });
    const [first, ...problems] = (await expectRefusal(server, 4)).trimEnd().split('\n');
    expect(first).toBe('The constitution does not validate:');
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/^ {2}policies\/broken\.cedar:\d+:\d+: /);
  });

  it('refuses a constitution that is not there', async () => {
    rmSync(data, { recursive: true, force: true });
    const constitution = join(scratch.path, 'nothing');
    await using server = ServerProcess.serve(data, { CHARTERBUS_CONSTITUTION: constitution });
    expect(await expectRefusal(server, 4)).toBe(`The constitution cannot be read: ${constitution} (ENOENT).\n`);
  });

  it('refuses an environment that is not valid, without its values', async () => {
    await using server = ServerProcess.serve(data, { CHARTERBUS_OPERATOR_TOKEN: 'short' });
    const errors = await expectRefusal(server, 2);
    expect(errors).toMatch(/^CHARTERBUS_OPERATOR_TOKEN: .*\n$/);
    expect(errors).not.toContain('short');
  });

  it('warns where other machines can reach it', async () => {
    await using server = ServerProcess.serve(data, { CHARTERBUS_HOST: '0.0.0.0' });
    await server.url;
    expect(server.errors).toMatch(/^Warning: 0\.0\.0\.0 can be reached from other machines, .*\n$/);
  });
});
