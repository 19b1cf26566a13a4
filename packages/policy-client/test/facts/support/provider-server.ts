import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Asked {
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
  readonly method: string | undefined;
  readonly url: string | undefined;
}

export type Behaviour = (response: ServerResponse, asked: Asked) => void;

/** A provider over HTTP that behaves as it is told. */
export class ProviderServer implements AsyncDisposable {
  behave: Behaviour = json(0);
  readonly asked: Asked[] = [];
  readonly #server = createServer((request, response) => {
    void text(request).then((body) => {
      const asked = { body, headers: request.headers, method: request.method, url: request.url };
      this.asked.push(asked);
      this.behave(response, asked);
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/rate`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

/** Answers 200 with a JSON value. */
export function json(value: unknown): Behaviour {
  return (response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
}
