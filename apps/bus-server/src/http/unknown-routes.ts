import { OperationError } from '@charterbus/core-models';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './errors/refusals.js';
import type { HttpServer } from './http-server.js';

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:[A-Za-z]+/g, '[^/]+')}$`);

/** Answers what no route takes: 405 with `Allow` where the path is known under other methods, else 404. */
export const answerUnknownRoutes = (app: HttpServer): void => {
  const paths = new Map<string, KnownPath>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = paths.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    paths.set(url, known);
    for (const each of [method].flat()) known.methods.add(each);
  });
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const known = [...paths.values()].find(({ pattern }) => pattern.test(path));
    if (known === undefined || known.methods.has(request.method))
      return refuse(new OperationError('NOT_FOUND', 'There is nothing at this path.'), request, reply);
    const allowed = [...known.methods].toSorted().join(', ');
    reply.header('allow', allowed);
    return refuse(new OperationError('METHOD_NOT_ALLOWED', `This path takes ${allowed}.`), request, reply);
  });
};
