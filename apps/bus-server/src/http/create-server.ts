import { randomUUID } from 'node:crypto';
import type { Bus } from '@charterbus/bus';
import { type Clock, OperationError, systemClock, systemTimers, type Timers } from '@charterbus/core-models';
import type { JwtAuthenticator } from '@charterbus/registry/jwt';
import { type FastifyBaseLogger, type FastifyRequest, fastify, LogController } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { tellRequests } from '../observe/http-telemetry.js';
import { readBundles } from './bundle-bodies.js';
import { answerClientError } from './errors/client-errors.js';
import { refuse } from './errors/refusals.js';
import { checkBodies, guardRoutes } from './gate.js';
import type { BundlesServed, HttpContext, HttpServer, MetricsServed } from './http-server.js';
import { endIdleConnections } from './idle-connections.js';
import { checkEncoding, readJson } from './json/read-json.js';
import { httpLimits } from './limits.js';
import { describeApi } from './open-api.js';
import { Authenticator } from './principal.js';
import { addRoutes } from './routes/all-routes.js';
import { Strangers, type StrangersLimit } from './strangers.js';
import { answerUnknownRoutes } from './unknown-routes.js';

export interface ServerOptions {
  /** Not closed with the server: whoever made it drains it. */
  readonly bus: Bus;
  readonly operatorToken: string;
  /** Default: none. It must redact `authorization` headers, as `serverLogger` does. */
  readonly logger?: FastifyBaseLogger;
  /** Aborted when the server is to end: readiness goes, nothing new begins, long polls are let go. */
  readonly draining?: AbortSignal;
  /** Whose JSON Web Tokens count. Default: nobody's. */
  readonly jwt?: JwtAuthenticator | undefined;
  /** How often each address may ask for what takes no token. Default: 200 at once, 50 a second. */
  readonly strangers?: StrangersLimit;
  /** Measures how often strangers ask, and how long some refusals take. Default: the system's. */
  readonly clock?: Pick<Clock, 'monotonic'>;
  /** Must agree with the clock. Default: the system's. */
  readonly timers?: Timers;
  /** Default: constitutions come from operators alone, and nobody's signature is asked for. */
  readonly bundles?: BundlesServed | undefined;
  /** Default: the operator's alone, and none of the process. */
  readonly metrics?: MetricsServed;
}

const makeApp = (logger: FastifyBaseLogger | undefined): HttpServer => {
  const app = fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    bodyLimit: httpLimits.plainBytes,
    routerOptions: { maxParamLength: httpLimits.pathPartCharacters },
    requestTimeout: httpLimits.requestMs,
    connectionTimeout: httpLimits.idleMs,
    keepAliveTimeout: httpLimits.keepAliveMs,
    http: {
      headersTimeout: httpLimits.headersMs,
      maxHeaderSize: httpLimits.headerBytes,
      connectionsCheckingInterval: 2_000,
      // Joined, what stands twice is refused by whoever reads it; Node would take the first and drop the others.
      joinDuplicateHeaders: true,
      // Checked by `checkHost`, whose answer is a problem document.
      requireHostHeader: false,
    },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void refuse(error, request, reply),
  });
  app.server.maxConnections = httpLimits.connections;
  return app.withTypeProvider() as unknown as HttpServer;
};

/** RFC 9112, section 3.2: a request of HTTP/1.1 names one host. */
const checkHost = ({ headers, raw }: FastifyRequest): void => {
  const hosts = headers.host?.split(',').length ?? 0;
  if (hosts > 1 || (hosts === 0 && raw.httpVersion !== '1.0')) {
    throw new OperationError('REQUEST_INVALID', 'A request names one host: `Host: …`.');
  }
};

const readBodies = (app: HttpServer): void => {
  app.decorateRequest('findings', null);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    try {
      checkEncoding(request.headers['content-type'] ?? '', request.headers['content-encoding']);
      const { value, findings } = readJson(bytes as Buffer);
      request.findings = findings;
      done(null, value);
    } catch (error) {
      done(error as Error);
    }
  });
};

/** HTTP v1 over a bus, not yet listening: `listen` it, or `inject` requests. */
export const createServer = async (options: ServerOptions): Promise<HttpServer> => {
  const { bus, operatorToken, draining = new AbortController().signal } = options;
  const { metrics = { access: 'operator' } } = options;
  const timing = { clock: options.clock ?? systemClock, timers: options.timers ?? systemTimers };
  const context: HttpContext = { bus, draining, timing, bundles: options.bundles, metrics };
  const app = makeApp(options.logger);
  app.setValidatorCompiler(validatorCompiler);
  // What is sent was made here from checked parts; tests hold it against the schemas.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(refuse);
  tellRequests(app, bus.instruments, timing.clock);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    checkHost(request);
    done();
  });
  endIdleConnections(app);
  answerUnknownRoutes(app);
  const authenticator = new Authenticator(bus, operatorToken, options.jwt);
  guardRoutes(
    app,
    { authenticator, strangers: new Strangers(timing.clock, options.strangers ?? httpLimits.strangers) },
    context,
  );
  readBodies(app);
  readBundles(app);
  checkBodies(app);
  await describeApi(app);
  addRoutes(app, context);
  await app.ready();
  return app;
};
