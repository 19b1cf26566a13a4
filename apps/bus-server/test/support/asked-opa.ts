import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as ask, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOpa } from '@charterbus/tooling/testing';
import { onTestFinished } from 'vitest';

const policy = `package charterbus

decision := {"allow": count(permits) > 0, "policies": permits}

permits contains "queries" if input.context.messageType == "query"

permits contains "receive" if input.point == "receive"
`;

const manifest = (url: string): string => `format: charterbus.constitution/1
name: asked-of-opa
revision: 1
tests: optional
engine:
  kind: opa
  url: ${url}
`;

export interface AskedOpa {
  /** A constitution that asks it. */
  readonly directory: string;
  /** The `traceparent` of each question, where it had one. */
  readonly traceparents: readonly string[];
}

/** A real OPA, behind a server that notes which trace each question belongs to; gone with the test. */
export const startAskedOpa = async (): Promise<AskedOpa> => {
  const directory = mkdtempSync(join(tmpdir(), 'charterbus-opa-'));
  const rules = mkdtempSync(join(tmpdir(), 'charterbus-rego-'));
  writeFileSync(join(rules, 'decision.rego'), policy);
  const opa = await startOpa({ args: ['decision.rego'], directory: rules });
  const traceparents: string[] = [];
  const between = createServer((question, reply) => {
    const { traceparent } = question.headers;
    if (typeof traceparent === 'string') traceparents.push(traceparent);
    const { method, headers, url = '/' } = question;
    const on = ask(`${opa.url}${url}`, { method, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    on.on('error', () => reply.destroy());
    question.pipe(on);
  }).listen(0, '127.0.0.1');
  await once(between, 'listening');
  const address = between.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  writeFileSync(join(directory, 'manifest.yaml'), manifest(`http://127.0.0.1:${address.port}`));
  onTestFinished(async () => {
    between.closeAllConnections();
    between.close();
    await opa.kill();
    for (const path of [directory, rules]) rmSync(path, { recursive: true, force: true });
  });
  return { directory, traceparents };
};
