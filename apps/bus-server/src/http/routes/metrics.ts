import { z } from 'zod';
import { expose, expositionFor } from '../../observe/exposition.js';
import type { HttpContext, HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';

/** What the process counts, for scrapers. */
export const metricsRoutes = (app: HttpServer, { bus, metrics }: HttpContext): void => {
  if (metrics.access === 'off') return;
  const { access, process } = metrics;
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { access, strangers: access === 'open' },
    schema: {
      tags: ['server'],
      summary: 'Metrics, in the text form of Prometheus, or of OpenMetrics where that is accepted',
      ...(access === 'open' ? {} : { security: [{ operator: [] }] }),
      response: {
        200: z.string().describe('text/plain; version=0.0.4, or application/openmetrics-text'),
        ...problems('CREDENTIAL_REFUSED', 'REGISTRY_STALE', 'OPERATOR_REQUIRED', 'TOO_MANY_REQUESTS'),
      },
    },
    handler: async (request, reply) => {
      const form = expositionFor(request.headers.accept);
      const text = await expose(bus.instruments, form, process);
      return reply.type(form).header('cache-control', 'no-store').send(text);
    },
  });
};
