import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FailingSyncsOf, requireService, strace } from '@charterbus/tooling/testing';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';
import { fillUp } from './support/fill-disk.js';
import { smallDisk } from './support/small-disk.js';

const timeout = 60_000;

/** A server over a data directory, with somebody who sends to somebody who is away. */
class Scene {
  readonly data: string;
  readonly receipts: string[] = [];
  #server: ServerProcess;
  #url = '';
  #sender: Client | undefined;
  #worker: Client | undefined;
  #hash = '';

  private constructor(data: string) {
    this.data = data;
    this.#server = ServerProcess.serve(data);
  }

  static async start(data: string): Promise<Scene> {
    const scene = new Scene(data);
    onTestFinished(() => scene.#server[Symbol.asyncDispose]());
    scene.#url = await scene.#server.url;
    const operator = Client.operator(scene.#url, data);
    scene.#worker = await operator.agent({ id: 'worker', tenant: 'acme' });
    scene.#sender = await operator.agent({ id: 'sender', tenant: 'acme' });
    scene.#hash = String((await operator.ask('GET', '/v1/constitution')).body['shortHash']);
    return scene;
  }

  get pid(): number {
    return this.#server.pid;
  }

  /** Sends once: `202`, or the code of the refusal. */
  async send(bytes = 10): Promise<string> {
    const draft = {
      to: { agent: 'worker' },
      type: 'query',
      content: 'x'.repeat(bytes),
      constitutionalHash: this.#hash,
    };
    const { status, body } = (await this.#sender?.ask('POST', '/v1/messages', draft)) ?? { status: 0, body: {} };
    if (status !== 202) return `${status} ${String(body['code'])}`;
    this.receipts.push(String(body['messageId']));
    return '202';
  }

  async claim(): Promise<string> {
    const claim = { max: 1, waitMs: 0, leaseMs: 10_000 };
    const { status, body } = (await this.#worker?.ask('POST', '/v1/deliveries/claim', claim)) ?? {
      status: 0,
      body: {},
    };
    return status === 200 ? '200' : `${status} ${String(body['code'])}`;
  }

  /** What it says of itself, and whether it can still be read. */
  async look(): Promise<Readonly<Record<string, string>>> {
    const operator = Client.operator(this.#url, this.data);
    const told = async (path: string): Promise<string> => {
      const { status, body } = await operator.ask('GET', path);
      return status < 300 ? String(status) : `${status} ${String(body['code'])}`;
    };
    return {
      alive: await told('/healthz'),
      ready: await told('/readyz'),
      message: await told(`/v1/messages/${this.receipts[0]}`),
      list: await told('/v1/messages'),
    };
  }

  /** Of what had a receipt, what is missing after a kill and a new start. */
  async missingAfterKill(): Promise<readonly string[]> {
    this.#server.signal('SIGKILL');
    await this.#server.ended;
    this.#server = ServerProcess.serve(this.data);
    this.#url = await this.#server.url;
    const operator = Client.operator(this.#url, this.data);
    const missing: string[] = [];
    for (const id of this.receipts) {
      if ((await operator.ask('GET', `/v1/messages/${id}`)).status !== 200) missing.push(id);
    }
    return missing;
  }
}

const well = { alive: '200', ready: '200', message: '200', list: '200' };
const readOnly = { ...well, ready: '503 STORE_UNAVAILABLE' };

const scratch = (): string => {
  const directory = scratchDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  return directory.path;
};

const failSyncs = async (context: TestContext, pid: number): Promise<FailingSyncsOf> => {
  const program = requireService(context, strace);
  const failing = await FailingSyncsOf.attach(program, pid);
  if (failing === undefined) return context.skip('strace may not look at processes here');
  onTestFinished(() => failing.stop());
  return failing;
};

describe('a server whose disk', () => {
  it(
    'is full gives no receipt, says so, can be read, and goes on when there is room',
    async (context) => {
      const disk = smallDisk(context);
      const data = join(disk, 'data');
      mkdirSync(data);
      const scene = await Scene.start(data);
      expect([await scene.send(), await scene.look()]).toEqual(['202', well]);
      const ballast = join(disk, 'ballast');
      fillUp(ballast);
      const outcomes = new Set<string>();
      for (let count = 0; count < 60; count++) outcomes.add(await scene.send(20_000));
      // What is too large for what is left is refused first; in the end nothing is taken.
      for (let last = ''; last !== '503 STORE_UNAVAILABLE'; outcomes.add(last)) last = await scene.send();
      outcomes.delete('202');
      expect(outcomes).toEqual(new Set(['503 STORE_UNAVAILABLE']));
      expect(await scene.look()).toEqual(readOnly);
      rmSync(ballast);
      expect(await scene.look()).toEqual(well);
      expect([await scene.send(20_000), await scene.claim()]).toEqual(['202', '200']);
      expect(await scene.missingAfterKill()).toEqual([]);
    },
    timeout,
  );

  it(
    'fails to sync gives no receipt and no lease, says so, can be read, and goes on when it syncs again',
    async (context) => {
      const scene = await Scene.start(join(scratch(), 'data'));
      expect([await scene.send(), await scene.look()]).toEqual(['202', well]);
      const failing = await failSyncs(context, scene.pid);
      const refused = [await scene.send(), await scene.send(), await scene.claim()];
      expect(refused).toEqual(Array.from({ length: 3 }, () => '503 STORE_UNAVAILABLE'));
      expect(await scene.look()).toEqual(readOnly);
      await failing.stop();
      expect(await scene.look()).toEqual(well);
      expect([await scene.send(), await scene.claim()]).toEqual(['202', '200']);
      expect(await scene.missingAfterKill()).toEqual([]);
    },
    timeout,
  );
});
