import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Issuer, makeIssuer } from '../support/issuer.js';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

const serveKeys = async ({ jwk }: Issuer): Promise<string> => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
};

it('the server takes JSON Web Tokens of the issuer that its environment names, and tells no token', async () => {
  using scratch = scratchDirectory();
  const data = join(scratch.path, 'data');
  const issuer = await makeIssuer();
  await using server = ServerProcess.serve(data, {
    CHARTERBUS_JWT_ISSUER: issuer.issuer,
    CHARTERBUS_JWT_AUDIENCE: issuer.audience,
    CHARTERBUS_JWT_JWKS_URL: await serveKeys(issuer),
    CHARTERBUS_JWT_TENANT_CLAIM: 'org',
    CHARTERBUS_JWT_AGENT_CLAIM: 'client_id',
  });
  const url = await server.url;
  await Client.operator(url, data).agent({ id: 'worker', tenant: 'acme' });
  const token = await issuer.issue({ client_id: 'worker', org: 'acme' });
  const own = await new Client(url, token).ask('GET', '/v1/agents/worker');
  expect(own).toMatchObject({ status: 200, body: { id: 'worker', tenant: 'acme' } });
  const other = await issuer.issue({ sub: 'worker', tenant: 'acme' });
  expect((await new Client(url, other).ask('GET', '/v1/agents/worker')).status).toBe(401);
  for (const secret of [token, other]) expect(server.output + server.errors).not.toContain(secret);
});
