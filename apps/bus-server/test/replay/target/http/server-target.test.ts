import { join } from 'node:path';
import { defaultConstitutionDirectory } from '@charterbus/policy-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serverLogger } from '../../../../src/serve/server-logger.js';
import { type RunningServer, startServer } from '../../../../src/serve/start-server.js';
import { exampleTrace, readReport, runCommand, strictConstitution, temporaryDirectory } from '../../support.js';

const operatorToken = 'operator-token-of-a-test';
const environment = { CHARTERBUS_OPERATOR_TOKEN: operatorToken };

const serve = async (constitution = defaultConstitutionDirectory): Promise<RunningServer> => {
  const dataDirectory = join(await temporaryDirectory(), 'data');
  const configuration = {
    host: '127.0.0.1',
    port: 0,
    dataDirectory,
    constitution,
    operatorToken,
    metrics: 'operator' as const,
    usage: { enterpriseTenants: [], tenantMetrics: false },
    drainMilliseconds: 500,
  };
  const server = await startServer(configuration, serverLogger('silent'));
  onTestFinished(async () => void (await server.drain()));
  return server;
};

const agentsAt = async ({ url }: RunningServer): Promise<unknown> => {
  const response = await fetch(`${url}/v1/agents`, { headers: { authorization: `Bearer ${operatorToken}` } });
  return response.json();
};

describe('a replay through a server', () => {
  it('accounts for every message and takes its agents away again, also the second time', async () => {
    const server = await serve();
    const report = join(await temporaryDirectory(), 'report.json');
    const args = ['--trace', exampleTrace, '--server', server.url, '--report', report];
    expect(await runCommand(args, environment)).toMatchObject({ exitCode: 0 });
    const again = await runCommand([...args, '--constitution', defaultConstitutionDirectory], environment);
    expect(again.printed.at(-1)).toMatch(/^Replayed 3 conversations, 25 messages .*accounted for\.$/);
    expect(await readReport(report)).toMatchObject({ target: 'server', durability: ['fsync'], problems: [] });
    expect(await agentsAt(server)).toMatchObject({ agents: [] });
  });

  it('reports what an embedded replay reports', async () => {
    const constitution = await strictConstitution();
    const server = await serve(constitution);
    const directory = await temporaryDirectory();
    const paths = { embedded: join(directory, 'embedded.json'), server: join(directory, 'server.json') };
    const args = ['--trace', exampleTrace, '--constitution', constitution];
    await runCommand([...args, '--report', paths.embedded]);
    await runCommand([...args, '--report', paths.server, '--server', server.url], environment);
    const { timings: _embedded, target: _embeddedTarget, ...embedded } = await readReport(paths.embedded);
    const { timings: _server, target: _serverTarget, ...overHttp } = await readReport(paths.server);
    expect(overHttp).toEqual(embedded);
    expect(embedded.totals.calls).toEqual({ sent: 7, allowed: 5, denied: 1, escalated: 1 });
  });

  it('refuses a server under another constitution', async () => {
    const server = await serve();
    const constitution = await strictConstitution();
    const args = ['--trace', exampleTrace, '--server', server.url, '--constitution', constitution];
    const { exitCode, complained } = await runCommand(args, environment);
    expect(exitCode).toBe(1);
    expect(complained.at(-1)).toMatch(
      /^The replay failed: The server works under another constitution \(default revision 1/,
    );
    expect(await agentsAt(server)).toMatchObject({ agents: [] });
  });

  it('says in one sentence when the token is missing or wrong', async () => {
    const server = await serve();
    const args = ['--trace', exampleTrace, '--server', server.url];
    expect(await runCommand(args)).toMatchObject({
      exitCode: 1,
      complained: ['Set CHARTERBUS_OPERATOR_TOKEN to replay through a server.'],
    });
    const wrong = await runCommand(args, { CHARTERBUS_OPERATOR_TOKEN: 'not-the-token-of-this-server' });
    expect(wrong.exitCode).toBe(1);
    expect(wrong.complained.at(-1)).toMatch(/^The replay failed: The server refused: .*\(CREDENTIAL_REFUSED\)$/);
  });
});
