import type { ServerResponse } from 'node:http';
import type { AgentHandle } from '@charterbus/bus';
import { CharterbusError, type Delivery } from '@charterbus/core-models';
import { Background } from '@charterbus/recovery';
import type { FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import { agentOf, type HttpContext, type HttpServer } from '../http-server.js';
import { claimDefaults, httpLimits } from '../limits.js';
import { deliverySchema } from '../schemas/governance.js';
import { problems } from '../schemas/problem.js';

const claimSchema = z.strictObject({
  max: z.int().min(1).max(1000).default(claimDefaults.max).describe('The most deliveries to take.'),
  waitMs: z.int().min(0).max(60_000).default(claimDefaults.waitMs).describe('How long to wait for the first.'),
  leaseMs: z.int().min(10).max(43_200_000).default(claimDefaults.leaseMs).describe('How long the leases last.'),
});

const giveBack = async (
  handle: AgentHandle,
  deliveries: readonly Delivery[],
  log: FastifyBaseLogger,
): Promise<void> => {
  const proofs = deliveries.map(({ id, fencingToken }) => ({ deliveryId: id, fencingToken }));
  for (const settled of await Promise.allSettled(proofs.map((proof) => handle.giveBack(proof)))) {
    if (settled.status === 'fulfilled') continue;
    const code = CharterbusError.isInstance(settled.reason) ? settled.reason.code : undefined;
    // A lease that ended meanwhile is where it should be.
    if (code !== 'LEASE_LOST') log.warn({ err: settled.reason }, 'a delivery could not be given back');
  }
};

/** Ends the wait of a client that went away, and gives back what it was granted but never read. */
const claimFor = async (
  handle: AgentHandle,
  options: z.output<typeof claimSchema>,
  { raw, log }: { readonly raw: ServerResponse; readonly log: FastifyBaseLogger },
  draining: AbortSignal,
): Promise<readonly Delivery[]> => {
  const gone = new AbortController();
  const background = new Background((task, err) => log.error({ task, err }, 'background work failed'));
  let granted: readonly Delivery[] = [];
  let answered = false;
  raw.once('finish', () => {
    answered = true;
  });
  raw.once('close', () => {
    gone.abort();
    if (!answered && granted.length > 0) background.run('give back', () => giveBack(handle, granted, log));
  });
  granted = await handle.claim({ ...options, signal: AbortSignal.any([gone.signal, draining]) });
  if (!gone.signal.aborted) return granted;
  await giveBack(handle, granted, log);
  return [];
};

/** Taking deliveries. */
export const claimRoutes = (app: HttpServer, { draining }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/deliveries/claim',
    config: { access: 'agent', bodyOptional: true, begins: true, atOnce: httpLimits.claimsAtOnce },
    schema: {
      tags: ['deliveries'],
      summary: 'Take deliveries, waiting for the first if there is none',
      security: [{ agent: [] }],
      body: claimSchema,
      response: {
        200: z.strictObject({ deliveries: z.array(deliverySchema).readonly() }),
        ...problems(
          'CREDENTIAL_REFUSED',
          'REGISTRY_STALE',
          'AGENT_REQUIRED',
          'REQUEST_INVALID',
          'MESSAGE_MALFORMED',
          'REQUEST_TOO_LARGE',
          'MEDIA_TYPE_UNSUPPORTED',
          'TOO_MANY_REQUESTS',
          'BUS_DRAINING',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    handler: async (request, { raw, log }) => ({
      deliveries: await claimFor(agentOf(request), request.body, { raw, log }, draining),
    }),
  });
};
