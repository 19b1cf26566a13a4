import type { AgentHandle, DeliveryProof } from '@charterbus/bus';
import { z } from 'zod';
import { agentOf, type HttpContext, type HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';
import { idParameters, reasonSchema, stated } from '../schemas/request.js';
import { unhurried } from '../unhurried.js';

const fencingToken = z.int().min(0).describe('As the claim gave it.');
const proofSchema = z.strictObject({ fencingToken });

interface Settlement<Body extends z.ZodType<z.output<typeof proofSchema>>> {
  readonly verb: string;
  readonly summary: string;
  readonly body: Body;
  readonly settle: (handle: AgentHandle, proof: DeliveryProof, body: z.output<Body>) => Promise<unknown>;
}

const settlementProblems = problems(
  'CREDENTIAL_REFUSED',
  'AGENT_REQUIRED',
  'REQUEST_INVALID',
  'MESSAGE_MALFORMED',
  'REQUEST_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'DELIVERY_NOT_FOUND',
  'LEASE_LOST',
);

const add = <Body extends z.ZodType<z.output<typeof proofSchema>>>(
  app: HttpServer,
  { timing }: HttpContext,
  settlement: Settlement<Body>,
): void => {
  const { verb, summary, body, settle } = settlement;
  app.route({
    method: 'POST',
    url: `/v1/deliveries/:id/${verb}`,
    config: { access: 'agent' },
    schema: {
      tags: ['deliveries'],
      summary,
      security: [{ agent: [] }],
      params: idParameters,
      body,
      response: { 204: z.null(), ...settlementProblems },
    },
    handler: async (request, reply) => {
      const stating = request.body as z.output<Body>;
      const { id } = request.params as z.output<typeof idParameters>;
      const proof = { deliveryId: id, fencingToken: stating.fencingToken };
      const handle = agentOf(request);
      await unhurried('DELIVERY_NOT_FOUND', () => settle(handle, proof, stating), timing);
      return reply.code(204).send(null as never);
    },
  });
};

/** The ends of a delivery, and more time for it. Only the agent that holds the lease can name them. */
export const settlementRoutes = (app: HttpServer, context: HttpContext): void => {
  add(app, context, {
    verb: 'ack',
    summary: 'The work is done',
    body: proofSchema,
    settle: (handle, proof) => handle.ack(proof),
  });
  add(app, context, {
    verb: 'nack',
    summary: 'The work failed and may be tried again, after a backoff or after `delayMs`',
    body: proofSchema.extend({ reason: reasonSchema.optional(), delayMs: z.int().min(0).max(604_800_000).optional() }),
    settle: (handle, proof, { reason, delayMs }) => handle.nack(proof, stated({ reason, delayMs })),
  });
  add(app, context, {
    verb: 'extend',
    summary: 'Keep the lease for `leaseMs` from now',
    body: proofSchema.extend({ leaseMs: z.int().min(10).max(43_200_000) }),
    settle: (handle, proof, { leaseMs }) => handle.extend(proof, leaseMs),
  });
  add(app, context, {
    verb: 'reject',
    summary: 'The work can never succeed: a dead letter at once',
    body: proofSchema.extend({ reason: reasonSchema.optional() }),
    settle: (handle, proof, { reason }) => handle.reject(proof, reason),
  });
};
