import { agentKey, MessageError, OperationError } from '@charterbus/core-models';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from './errors/refusals.js';
import type { HttpContext, HttpServer } from './http-server.js';
import { jsonPointer } from './json/scan.js';
import { type Authenticator, checkAccess } from './principal.js';
import { Slots } from './slots.js';
import type { Strangers } from './strangers.js';

const checkDraining = (request: FastifyRequest, { draining, bus }: HttpContext): void => {
  if (request.routeOptions.config.begins === true && (draining.aborted || !bus.accepting)) {
    throw new OperationError('BUS_DRAINING', 'The server is about to end and begins nothing new.', {
      retryAfterMs: 1000,
    });
  }
};

const takeSlot = ({ principal, routeOptions }: FastifyRequest, reply: FastifyReply, slots: Slots): void => {
  const { atOnce } = routeOptions.config;
  if (atOnce === undefined || principal?.kind !== 'agent') return;
  const { tenant, id } = principal.handle.agent;
  const giveBack = slots.take(`${routeOptions.url ?? ''} ${agentKey({ tenant, agent: id })}`, atOnce);
  reply.raw.once('finish', giveBack);
  reply.raw.once('close', giveBack);
};

/** Aborts when the client has gone away. */
const whileConnected = ({ raw }: FastifyReply): AbortSignal => {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
};

/** What guards look at. */
export interface Guards {
  readonly authenticator: Authenticator;
  readonly strangers: Strangers;
}

/**
 * Guards every route, before its body is read: who is speaking, whether they may, whether it may begin now. A route that
 * does not say who may call it is the operator's alone.
 */
export const guardRoutes = (app: HttpServer, { authenticator, strangers }: Guards, context: HttpContext): void => {
  const slots = new Slots();
  app.decorateRequest('principal', null);
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return;
    const { access = 'operator', strangers: isForStrangers } = request.routeOptions.config;
    if (access !== 'open') {
      const { authorization } = request.headers;
      const principal = await authenticator.authenticate(authorization, () => whileConnected(reply));
      checkAccess(principal, access);
      request.principal = principal;
    } else if (isForStrangers === true) strangers.admit(request.ip);
    checkDraining(request, context);
    takeSlot(request, reply, slots);
  });
};

const noBody = (request: FastifyRequest): void => {
  if (request.routeOptions.config.bodyOptional === true) request.body = {};
  else throw new MessageError('MESSAGE_MALFORMED', 'There is no body.');
};

/** Refuses bodies that are not there, or that two readers may understand differently. */
export const checkBodies = (app: HttpServer): void => {
  app.addHook('preValidation', (request, _reply, done) => {
    const { config, schema } = request.routeOptions;
    if (schema?.body !== undefined && request.body === undefined) noBody(request);
    const finding = request.findings?.[0];
    if (finding !== undefined && config.findsItself !== true) {
      const pointer = jsonPointer(finding.path);
      throw invalid(config.invalid ?? 'REQUEST_INVALID', `The body at ${pointer} ${finding.why}.`, { pointer });
    }
    done();
  });
};
