import type { Socket } from 'node:net';
import type { HttpServer } from './http-server.js';

/**
 * Ends, when the server closes, every connection as soon as no request is under way on it. Node's own
 * `closeIdleConnections` passes over those that never sent a request or sent half of one, and closing would wait for
 * them: clients connect ahead of time.
 */
export const endIdleConnections = (app: HttpServer): void => {
  const underWay = new Map<Socket, number>();
  let closing = false;
  const endIfIdle = (socket: Socket): void => {
    // What was answered is still sent.
    if (closing && underWay.get(socket) === 0) socket.destroySoon();
  };
  const count = (socket: Socket, change: number): void => {
    const before = underWay.get(socket);
    if (before !== undefined) underWay.set(socket, before + change);
    endIfIdle(socket);
  };
  app.server.on('connection', (socket) => {
    underWay.set(socket, 0);
    socket.once('close', () => underWay.delete(socket));
    endIfIdle(socket);
  });
  app.server.prependListener('request', ({ socket }, reply) => {
    count(socket, 1);
    reply.once('close', () => count(socket, -1));
  });
  app.addHook('preClose', (done) => {
    closing = true;
    for (const socket of underWay.keys()) endIfIdle(socket);
    done();
  });
};
