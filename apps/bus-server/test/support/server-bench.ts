import { type Bus, createBus, type RegisteredHandle } from '@charterbus/bus';
import { type AgentDraft, errorCatalogue } from '@charterbus/core-models';
import type { InjectOptions } from 'fastify';
import { createServer, type ServerOptions } from '../../src/http/create-server.js';
import type { HttpServer } from '../../src/http/http-server.js';
import { problemSchema } from '../../src/http/schemas/problem.js';

export const operatorToken = 'cbo_the-operator-of-this-test';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** A server over a bus in memory, spoken to without sockets unless it is told to listen. */
export class ServerBench implements AsyncDisposable {
  readonly bus: Bus;
  readonly app: HttpServer;
  readonly #draining: AbortController;
  #url: string | undefined;

  private constructor(bus: Bus, app: HttpServer, draining: AbortController) {
    this.bus = bus;
    this.app = app;
    this.#draining = draining;
  }

  static async open(
    options: Parameters<typeof createBus>[0] = {},
    server: Partial<Omit<ServerOptions, 'bus' | 'draining'>> = {},
  ): Promise<ServerBench> {
    const bus = await createBus({ onBackgroundError: () => undefined, ...options });
    const draining = new AbortController();
    const app = await createServer({ operatorToken, ...server, bus, draining: draining.signal });
    return new ServerBench(bus, app, draining);
  }

  get shortHash(): string {
    return this.bus.constitution.shortHash;
  }

  /** The address, listening on a free port from the first time on. */
  async url(): Promise<string> {
    this.#url ??= await this.app.listen({ host: '127.0.0.1', port: 0 });
    return this.#url;
  }

  beginDrain(): void {
    this.#draining.abort();
  }

  register(draft: AgentDraft): Promise<RegisteredHandle> {
    return this.bus.register(draft);
  }

  async ask(
    method: NonNullable<InjectOptions['method']>,
    url: string,
    options: { token?: string; body?: unknown; type?: string; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Answer> {
    const { token, body, type = 'application/json', headers = {} } = options;
    const reply = await this.app.inject({
      method,
      url,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    });
    const parsed = reply.payload === '' ? {} : (JSON.parse(reply.payload) as Record<string, unknown>);
    return { status: reply.statusCode, headers: reply.headers, body: parsed, text: reply.payload };
  }

  /** A draft that the default constitution allows within a tenant. */
  draft(to: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return { to: { agent: to }, type: 'query', content: { question: 1 }, constitutionalHash: this.shortHash, ...more };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.beginDrain();
    await this.app.close();
    await this.bus.drain(0);
  }
}

/** The code of an answer that is a problem document in every respect; of any other, what is wrong with it. */
export const refusalIn = ({ status, headers, body, text }: Answer): string => {
  const { data, error } = problemSchema.safeParse(body);
  if (data === undefined) return `no problem document (${error.message}): ${text}`;
  const entry = errorCatalogue[data.code];
  if (status !== entry.status || data.status !== status) return `${data.code} with the status ${status}`;
  if (data.title !== entry.title) return `${data.code} with the title ${data.title}`;
  const type = String(headers['content-type']);
  return type.startsWith('application/problem+json') ? data.code : `${data.code} as ${type}`;
};
