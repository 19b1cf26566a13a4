import { type RecoveryRecord, recoveryStates, recoveryStrategies } from '@charterbus/recovery';
import { z } from 'zod';
import type { HttpContext, HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';
import { reasonSchema } from '../schemas/request.js';

const recordSchema = z
  .strictObject({
    number: z.int(),
    component: z.string(),
    strategy: z.enum(recoveryStrategies),
    priority: z.int().describe('Lower is first.'),
    state: z.enum(recoveryStates),
    attempts: z.int().describe('Those that have begun.'),
    reason: z.string(),
    requestedAt: z.iso.datetime(),
    dueAt: z.iso.datetime().optional().describe('Of the next attempt.'),
    endedAt: z.iso.datetime().optional(),
    failure: z.string().optional().describe('Why the last attempt failed, as a code.'),
    decision: z
      .strictObject({
        by: z.string(),
        why: z.string(),
        kind: z.enum(['confirmed', 'refused', 'cancelled']),
        at: z.iso.datetime(),
      })
      .readonly()
      .optional(),
  })
  .readonly();

const onWire = ({ dueAt, ...record }: RecoveryRecord): z.output<typeof recordSchema> => ({
  ...record,
  ...(dueAt === undefined ? {} : { dueAt: new Date(dueAt).toISOString() }),
});

const componentParameters = z.strictObject({ component: z.string().min(1).max(200) });
const words = reasonSchema.max(500);

const commonProblems = [
  'CREDENTIAL_REFUSED',
  'OPERATOR_REQUIRED',
  'REQUEST_INVALID',
  'MESSAGE_MALFORMED',
  'REQUEST_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'BUS_DRAINING',
  'BUS_CLOSED',
  'STORE_UNAVAILABLE',
] as const;

const list = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/recoveries',
    config: { access: 'operator' },
    schema: {
      tags: ['health'],
      summary: 'What is being recovered, what waits for an operator, and what has ended, newest first',
      security: [{ operator: [] }],
      response: {
        200: z.strictObject({
          active: z.array(recordSchema).readonly(),
          history: z.array(recordSchema).readonly(),
        }),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED'),
      },
    },
    handler: () => ({
      active: bus.recovery.active.map(onWire),
      history: bus.recovery.history.map(onWire).toReversed(),
    }),
  });
};

const request = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/recoveries/:component',
    config: { access: 'operator', begins: true },
    schema: {
      tags: ['health'],
      summary: 'Ask for the recovery of a component; where one is under way, that is the answer',
      security: [{ operator: [] }],
      params: componentParameters,
      body: z.strictObject({ reason: words }),
      response: { 200: recordSchema, ...problems(...commonProblems, 'COMPONENT_NOT_FOUND', 'RECOVERY_LIMIT_REACHED') },
    },
    handler: async ({ params, body }) => onWire(await bus.recovery.request(params.component, body)),
  });
};

const decisions = {
  confirm: 'Let a manual recovery make its next attempt',
  refuse: 'Do not let it: it ends',
  cancel: 'End a recovery, whatever its state',
} as const;

const decide = (app: HttpServer, { bus }: HttpContext): void => {
  for (const kind of ['confirm', 'refuse', 'cancel'] as const) {
    app.route({
      method: 'POST',
      url: `/v1/recoveries/:component/${kind}`,
      config: { access: 'operator', begins: true },
      schema: {
        tags: ['health'],
        summary: decisions[kind],
        security: [{ operator: [] }],
        params: componentParameters,
        body: z.strictObject({ by: reasonSchema.max(200).describe('Who decides.'), why: words }),
        response: { 200: recordSchema, ...problems(...commonProblems, 'RECOVERY_NOT_FOUND', 'RECOVERY_NOT_WAITING') },
      },
      handler: async ({ params, body }) => onWire(await bus.recovery[kind](params.component, body)),
    });
  }
};

/** What brings components back, and what operators have to say to it. */
export const recoveryRoutes = (app: HttpServer, context: HttpContext): void => {
  list(app, context);
  request(app, context);
  decide(app, context);
};
