import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type OpaServer, opa, opaBinary, requireService, startOpa } from '@charterbus/tooling/testing';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { type AgentHandle, type Bus, createBus } from '../../src/index.js';
import { temporaryDirectory } from '../support/directories.js';
import { refusal, toWorker } from '../support/fleet.js';

beforeEach((test) => requireService(test, opa));

const judgementMilliseconds = 400;
/** What an answer may take beyond the deadline on a machine that is busy. */
const slackMs = 3000;

type Mode = 'well' | 'hung' | 'slow' | 'garbage';

/** Stands before a real OPA, and is ill the way it is told to. */
class Front {
  mode: Mode = 'well';
  readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  static async before(target: OpaServer): Promise<Front> {
    const server = createServer((asked, answer) => front.#answer(asked, answer, target)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => server.close().closeAllConnections());
    const front = new Front(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return front;
  }

  #answer(asked: IncomingMessage, answer: ServerResponse, target: OpaServer): void {
    const pass = (): void => this.#pass(asked, answer, target);
    if (this.mode === 'well') pass();
    else if (this.mode === 'slow') setTimeout(pass, 10_000).unref();
    else if (this.mode === 'garbage')
      answer.setHeader('content-type', 'application/json').end('{"result": [true, 1e999');
  }

  #pass(asked: IncomingMessage, answer: ServerResponse, target: OpaServer): void {
    const onward = request(new URL(asked.url ?? '/', target.url), { method: 'POST', headers: asked.headers });
    onward.on('response', (came) => came.pipe(answer.writeHead(came.statusCode ?? 502, came.headers)));
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  }
}

const policy = `package charterbus
decision := true
`;

const constitutionFor = (url: string): string => {
  const directory = join(temporaryDirectory(), 'constitution');
  mkdirSync(directory);
  const engine = `engine: { kind: opa, url: '${url}', path: charterbus/decision }`;
  const thresholds = `thresholds: { judgementMilliseconds: ${judgementMilliseconds} }`;
  writeFileSync(
    join(directory, 'manifest.yaml'),
    `format: charterbus.constitution/1\nname: asks-opa\nrevision: 1\ntests: optional\n${engine}\n${thresholds}\n`,
  );
  return directory;
};

interface Scene {
  readonly bus: Bus;
  readonly planner: AgentHandle;
  readonly failures: string[];
}

const start = async (url: string): Promise<Scene> => {
  const failures: string[] = [];
  const bus = await createBus({
    constitution: constitutionFor(url),
    onBackgroundError: (task) => void failures.push(task),
  });
  onTestFinished(async () => void (await bus.drain(0)));
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
  await bus.register({ tenant: 'acme', id: 'worker' });
  return { bus, planner, failures };
};

/** Sends, each time as another message, until the breaker is open; each is denied for the reason and in time. */
const untilLeftAlone = async ({ bus, planner }: Scene, codes: readonly string[]): Promise<void> => {
  for (let n = 0; bus.breakers.list().every(({ state }) => state === 'closed'); n++) {
    expect(n).toBeLessThan(20);
    const began = performance.now();
    const denied = await refusal(planner.send(toWorker({ content: { n } })));
    expect(codes).toContain(denied.code);
    expect(performance.now() - began).toBeLessThan(judgementMilliseconds + slackMs);
  }
};

const untilAllowed = ({ planner }: Scene) =>
  vi.waitFor(() => planner.send(toWorker({ content: { at: performance.now() } })), { timeout: 30_000, interval: 200 });

const opaOf = (bus: Bus) => bus.health.current?.components.find(({ name }) => name.startsWith('opa:'));

/** Denied while it is ill, said by health, healed without a start. */
const livesThrough = async (scene: Scene, illness: { begin(): unknown; end(): unknown }, codes: readonly string[]) => {
  await scene.planner.send(toWorker());
  await illness.begin();
  await untilLeftAlone(scene, codes);
  const { status } = await scene.bus.health.sample();
  expect([status, opaOf(scene.bus)?.score]).toEqual(['critical', 0]);
  expect(scene.bus.health.ready).toBe(false);
  await illness.end();
  await untilAllowed(scene);
  for (let n = 0; n < 3; n++) await scene.bus.health.sample();
  expect(scene.bus.health.current).toMatchObject({ status: 'healthy' });
};

const startPolicies = async (): Promise<OpaServer> => {
  const file = join(temporaryDirectory(), 'policy.rego');
  writeFileSync(file, policy);
  const binary = opaBinary();
  const server = await startOpa({ args: [file], ...(binary === undefined ? {} : { binary }) });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
};

const unwell = ['POLICY_TIMEOUT', 'POLICY_EVALUATION_FAILED'];

it('OPA killed, hung, slow and talking nonsense: denied in time, said, and healed', { timeout: 90_000 }, async () => {
  const server = await startPolicies();
  const fronts = await Promise.all([Front.before(server), Front.before(server), Front.before(server)]);
  const ill = async (front: Front, mode: Mode) =>
    livesThrough(
      await start(front.url),
      { begin: () => (front.mode = mode), end: () => (front.mode = 'well') },
      mode === 'garbage' ? ['POLICY_EVALUATION_FAILED'] : unwell,
    );
  const [hung, slow, garbage] = fronts as [Front, Front, Front];
  await Promise.all([ill(hung, 'hung'), ill(slow, 'slow'), ill(garbage, 'garbage')]);
  const scene = await start(server.url);
  await livesThrough(scene, { begin: () => server.kill(), end: () => server.start() }, unwell);
  expect(scene.bus.health.ready).toBe(true);
});
