import {
  AgentError,
  type CharterbusError,
  type CodeOf,
  MessageError,
  OperationError,
  type Problem,
  toCharterbusError,
  toProblem,
} from '@charterbus/core-models';
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { problemMediaType } from '../schemas/problem.js';

type InvalidCode = 'MESSAGE_INVALID' | 'AGENT_INVALID' | 'REQUEST_INVALID';

interface Issue {
  readonly path: string;
  readonly message: string;
}

/** A body that is JSON but not what the route takes, by the code that the route names. */
export const invalid = (
  code: InvalidCode,
  message: string,
  details: Readonly<Record<string, unknown>>,
): CharterbusError => {
  if (code === 'MESSAGE_INVALID') return new MessageError(code, message, { details });
  if (code === 'AGENT_INVALID') return new AgentError(code, message, { details });
  return new OperationError(code, message, { details });
};

const issueOf = ({ instancePath, message }: NonNullable<FastifyError['validation']>[number]): Issue => ({
  path: (instancePath === '/' ? '' : instancePath).slice(0, 200),
  message: (message ?? 'is not valid').slice(0, 300),
});

const fromValidation = (error: FastifyError, request: FastifyRequest): CharterbusError => {
  const issues = (error.validation ?? []).slice(0, 10).map(issueOf);
  const part = error.validationContext ?? 'body';
  const code = part === 'body' ? (request.routeOptions.config.invalid ?? 'REQUEST_INVALID') : 'REQUEST_INVALID';
  const at = issues[0]?.path ?? '';
  const where = `The ${part}${at === '' ? '' : ` at ${at}`}`;
  return invalid(code, `${where}: ${issues[0]?.message ?? 'is not valid'}.`, { issues });
};

export const mediaTypeUnsupported = (): CharterbusError =>
  new OperationError('MEDIA_TYPE_UNSUPPORTED', 'Bodies are JSON: `Content-Type: application/json`.');

const carriesMessages = ({ routeOptions }: FastifyRequest): boolean =>
  routeOptions.config?.invalid === 'MESSAGE_INVALID';

const byFrameworkCode: Readonly<Record<string, (request: FastifyRequest) => CharterbusError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (request) => {
    const limitBytes = request.routeOptions.bodyLimit;
    const options = { details: { limitBytes } };
    const message = `The body is larger than ${limitBytes} bytes.`;
    return carriesMessages(request)
      ? new MessageError('MESSAGE_TOO_LARGE', message, options)
      : new OperationError('REQUEST_TOO_LARGE', message, options);
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => mediaTypeUnsupported(),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new MessageError('MESSAGE_MALFORMED', 'The body is not as long as its `Content-Length` says.'),
  FST_ERR_BAD_URL: () => new OperationError('REQUEST_INVALID', 'The path cannot be decoded.'),
};

const plainCodes: Readonly<Record<number, CodeOf<'operation'>>> = {
  404: 'NOT_FOUND',
  408: 'REQUEST_TIMEOUT',
  413: 'REQUEST_TOO_LARGE',
  414: 'NOT_FOUND',
  415: 'MEDIA_TYPE_UNSUPPORTED',
};

const isFrameworkError = (thrown: unknown): thrown is FastifyError =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && thrown.code.startsWith('FST_ERR_');

/** Whatever a request ended with, as an error of ours. */
const refusalOf = (thrown: unknown, request: FastifyRequest): CharterbusError => {
  if (thrown instanceof Error && 'validation' in thrown && thrown.validation !== undefined) {
    return fromValidation(thrown as FastifyError, request);
  }
  // Nobody reads the answer; the log should not take it for a fault of the server.
  if (thrown instanceof Error && thrown === request.raw.errored) {
    return new OperationError('ABORTED', 'The client went away before its request was there.', { cause: thrown });
  }
  if (!isFrameworkError(thrown)) return toCharterbusError(thrown);
  const build = byFrameworkCode[thrown.code];
  if (build !== undefined) return build(request);
  const status = thrown.statusCode ?? 500;
  if (status < 400 || status >= 500) return toCharterbusError(thrown);
  return new OperationError(plainCodes[status] ?? 'REQUEST_INVALID', 'The request is not valid.', { cause: thrown });
};

const sendProblem = (problem: Problem, reply: FastifyReply): FastifyReply => {
  if (problem.retryAfterMs !== undefined) reply.header('retry-after', String(Math.ceil(problem.retryAfterMs / 1000)));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status).type(problemMediaType).send(problem);
};

/** A line in the log where the server is at fault, or cannot at the moment. */
const note = (error: CharterbusError, { status }: Problem, log: FastifyBaseLogger, what: string): void => {
  if (status >= 500 && status !== 503) log.error({ err: error }, `${what} failed`);
  else if (status === 503) log.warn({ code: error.code }, `${what} refused`);
  else log.debug({ code: error.code }, `${what} refused`);
};

/** The one way in which requests fail: a problem document, and a line in the log where the server is at fault. */
export const refuse = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const error = refusalOf(thrown, request);
  const problem = toProblem(error);
  note(error, problem, request.log, 'request');
  return sendProblem(problem, reply);
};

/** The same for one part of a request that is answered as a whole. */
export const refusedPart = (error: CharterbusError, log: FastifyBaseLogger, what: string): Problem => {
  const problem = toProblem(error);
  note(error, problem, log, what);
  return problem;
};
