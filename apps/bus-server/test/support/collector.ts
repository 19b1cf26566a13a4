import { once } from 'node:events';
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';

interface Collected {
  readonly path: string;
  readonly token: string | undefined;
  /** Protocol Buffers: names and values stand in it as they are. */
  readonly body: string;
}

export interface Collector {
  readonly url: string;
  readonly requests: readonly Collected[];
}

/** What receives OTLP over HTTP, gone with the test. @param behaviour `hangs`: it takes requests and never answers. */
export const startCollector = async (behaviour: 'answers' | 'hangs' = 'answers'): Promise<Collector> => {
  const requests: Collected[] = [];
  const server = createServer((request, reply) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const token = request.headers['x-token'];
      const body = Buffer.concat(pieces).toString('latin1');
      requests.push({ path: request.url ?? '', token: typeof token === 'string' ? token : undefined, body });
      if (behaviour === 'answers') reply.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${address.port}`, requests };
};
