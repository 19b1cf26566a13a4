import type { AgentHandle, BatchResult } from '@charterbus/bus';
import { type MessageDraft, MessageError, messageDraftSchema, type Problem } from '@charterbus/core-models';
import type { FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import { invalid, refusedPart } from '../errors/refusals.js';
import { agentOf, type HttpContext, type HttpServer } from '../http-server.js';
import { type JsonFinding, jsonPointer } from '../json/scan.js';
import { httpLimits } from '../limits.js';
import { receiptSchema } from '../schemas/governance.js';
import { problemSchema, problems } from '../schemas/problem.js';
import { Step } from '../unhurried.js';

const bodySchema = z.strictObject({ messages: z.array(messageDraftSchema).min(1).max(httpLimits.batchMessages) });
/** Each message is checked on its own, by the bus. */
const shellSchema = z.strictObject({ messages: z.array(z.unknown()).min(1).max(httpLimits.batchMessages) });

const resultSchema = z.union([
  z.strictObject({ status: z.enum(['accepted', 'held']), receipt: receiptSchema }).readonly(),
  z.strictObject({ status: z.literal('refused'), problem: problemSchema }).readonly(),
]);
type Result = Exclude<BatchResult, { status: 'refused' }> | { readonly status: 'refused'; readonly problem: Problem };

const readShell = (body: unknown): readonly unknown[] => {
  const parsed = shellSchema.safeParse(body);
  if (parsed.success) return parsed.data.messages;
  const { path = [], message = 'is not valid' } = parsed.error.issues[0] ?? {};
  const pointer = jsonPointer(path.map((step) => (typeof step === 'symbol' ? step.toString() : step)));
  throw invalid('MESSAGE_INVALID', `The batch${pointer === '' ? '' : ` at ${pointer}`}: ${message}.`, { pointer });
};

/** What is wrong with which message. What is wrong with the batch itself refuses all of it. */
const findingsByMessage = (findings: readonly JsonFinding[]): ReadonlyMap<number, MessageError> => {
  const byMessage = new Map<number, MessageError>();
  for (const { path, why } of findings) {
    const [, place, ...inside] = path;
    const pointer = jsonPointer(typeof place === 'number' && inside.length > 0 ? inside : path);
    const error = new MessageError('MESSAGE_INVALID', `The message at ${pointer} ${why}.`, { details: { pointer } });
    if (typeof place !== 'number' || inside.length === 0) throw error;
    byMessage.set(place, error);
  }
  return byMessage;
};

const sendAll = async (
  handle: AgentHandle,
  body: unknown,
  findings: readonly JsonFinding[],
): Promise<readonly BatchResult[]> => {
  const refused = findingsByMessage(findings);
  const drafts = readShell(body);
  const sound = drafts.filter((_, place) => !refused.has(place)) as readonly MessageDraft[];
  const sent = sound.length === 0 ? [] : await handle.sendBatch(sound);
  let next = 0;
  return drafts.map((_, place) => {
    const error = refused.get(place);
    return error === undefined ? sent[next++]! : { status: 'refused', error };
  });
};

const toResult = (result: BatchResult, log: FastifyBaseLogger): Result => {
  if (result.status !== 'refused') return result;
  return { status: 'refused', problem: refusedPart(result.error, log, 'a message of a batch') };
};

const isUnreachable = (result: BatchResult): boolean =>
  result.status === 'refused' && result.error.code === 'RECIPIENT_UNREACHABLE';

const schema = {
  tags: ['messages'],
  summary: 'Send up to 1,000 messages; results in their order, each message on its own',
  security: [{ agent: [] }],
  body: bodySchema,
  response: {
    200: z.strictObject({ results: z.array(resultSchema).readonly() }),
    ...problems(
      'CREDENTIAL_REFUSED',
      'AGENT_REQUIRED',
      'MESSAGE_MALFORMED',
      'MESSAGE_INVALID',
      'MESSAGE_TOO_LARGE',
      'MEDIA_TYPE_UNSUPPORTED',
      'TOO_MANY_REQUESTS',
      'BUS_DRAINING',
    ),
  },
};

/** Sending up to a thousand messages at a time, each of them on its own. */
export const batchRoutes = (app: HttpServer, { timing }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/messages/batch',
    config: {
      access: 'agent',
      invalid: 'MESSAGE_INVALID',
      begins: true,
      atOnce: httpLimits.batchesAtOnce,
      findsItself: true,
    },
    bodyLimit: httpLimits.batchBytes,
    schema,
    validatorCompiler: () => (value: unknown) => ({ value }),
    handler: async (request) => {
      using step = new Step(timing);
      const sent = await sendAll(agentOf(request), request.body, request.findings ?? []);
      if (sent.some(isUnreachable)) await step.ended();
      return { results: sent.map((result) => toResult(result, request.log)) };
    },
  });
};
