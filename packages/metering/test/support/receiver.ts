import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { CloudEvent } from '../../src/index.js';

/** How a receiver answers one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTP server that takes batches of events, and answers as it is told: the last answer stands for the rest. */
export interface Receiver {
  readonly url: string;
  readonly batches: (readonly CloudEvent[])[];
  readonly headers: IncomingMessage['headers'][];
}

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_request, response) =>
    void response.writeHead(code, headers).end();

export const startReceiver = async (...answers: readonly Answer[]): Promise<Receiver> => {
  const batches: (readonly CloudEvent[])[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    batches.push(JSON.parse(await text(request)) as readonly CloudEvent[]);
    headers.push(request.headers);
    const next = answers[Math.min(batches.length, answers.length) - 1] ?? status(204);
    next(request, response);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`, batches, headers };
};

/** A server that answers every connection with the same bytes, and ends it. */
export const startBytes = async (bytes: string): Promise<string> => {
  const server = createSocketServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
};
