import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A server that says whatever a test wants it to, byte by byte. */
export interface IllServer extends AsyncDisposable {
  readonly url: string;
  /** Requests that arrived so far. */
  readonly requests: readonly string[];
}

/** Whether a request is whole, as far as its content-length tells. */
const isWhole = (text: string): boolean => {
  const end = text.indexOf('\r\n\r\n');
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return end !== -1 && Buffer.byteLength(text.slice(end + 4)) >= length;
};

/** @param answer is told each whole request and the socket that it came on; the first request is number 1. */
export const illServer = async (
  answer: (socket: Socket, request: string, number: number) => void,
): Promise<IllServer> => {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      if (!isWhole(text)) return;
      requests.push(text);
      const whole = text;
      text = '';
      answer(socket, whole, requests.length);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
};

/** A whole reply. */
export const reply = (body: string | Buffer, headers: readonly string[] = [], status = '200 OK'): Buffer => {
  const bytes = Buffer.from(body);
  const type = headers.some((line) => /^content-type/i.test(line)) ? [] : ['Content-Type: application/json'];
  const head = [`HTTP/1.1 ${status}`, ...type, `Content-Length: ${bytes.length}`, ...headers].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), bytes]);
};
