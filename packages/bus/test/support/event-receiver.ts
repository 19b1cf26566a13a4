import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { usageOperations } from '@charterbus/metering';
import { Counts } from './usage-counts.js';

interface Event {
  readonly id: string;
  readonly data: {
    readonly agent: string;
    readonly operation: string;
    readonly quantity: number;
    readonly inputTokens?: number;
    readonly outputTokens?: number;
    readonly cost?: number;
  };
}

const places = new Map<string, number>(usageOperations.map((operation, place) => [operation, place]));

/**
 * Takes batches of CloudEvents and drops those whose id it has. Now and then it takes a batch and says that it has not, or says
 * nothing at all.
 */
export class EventReceiver implements AsyncDisposable {
  repeated = 0;
  readonly #server: Server;
  readonly #chance: () => number;
  readonly #counts = new Counts();
  /** A bit for each operation of each leaf. */
  #seen = new Uint8Array(1024);

  private constructor(chance: () => number) {
    this.#chance = chance;
    this.#server = createServer((request, response) => this.#receive(request, response));
  }

  static async start(chance: () => number): Promise<EventReceiver> {
    const receiver = new EventReceiver(chance);
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/events`;
  }

  get sums(): Counts['sums'] {
    return this.#counts.sums;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close().closeAllConnections();
    await closed;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    // Not where whoever sent it was killed in the middle of it.
    request.on('end', () => this.#answer(Buffer.concat(chunks).toString(), response));
  }

  #answer(text: string, response: ServerResponse): void {
    for (const event of JSON.parse(text) as readonly Event[]) this.#take(event);
    const luck = this.#chance();
    if (luck < 0.02) response.destroy();
    else response.writeHead(luck < 0.04 ? 503 : 204).end();
  }

  #take({ id, data }: Event): void {
    const [, index, operation = ''] = id.split('/');
    if (this.#isKnown(Number(index), 1 << (places.get(operation) ?? Number.NaN))) {
      this.repeated += 1;
      return;
    }
    this.#counts.add(`${data.agent} ${data.operation}`, data.quantity);
    this.#counts.add('inputTokens', data.inputTokens ?? 0);
    this.#counts.add('outputTokens', data.outputTokens ?? 0);
    this.#counts.add('costMicros', Math.round((data.cost ?? 0) * 1_000_000));
  }

  #isKnown(index: number, bit: number): boolean {
    if (index >= this.#seen.length) {
      const longer = new Uint8Array(2 * Math.max(index, this.#seen.length));
      longer.set(this.#seen);
      this.#seen = longer;
    }
    const before = this.#seen[index] ?? 0;
    this.#seen[index] = before | bit;
    return (before & bit) !== 0;
  }
}
