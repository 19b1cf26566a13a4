import type { Agent, AgentReference, Message } from '@charterbus/core-models';
import { agentSchema } from '@charterbus/core-models';
import { z } from 'zod';
import type { OperatorClient } from '../commands/server/operator-client.js';
import { messageSummarySchema, traceSchema } from '../http/schemas/trace.js';
import type { RecordedConversation, RecordedMessage } from './recorded-message.js';

const pageSchema = z.strictObject({ messages: z.array(messageSummarySchema), next: z.string().optional() });
const pageSize = 1000;

type Trace = z.output<typeof traceSchema>;

/** Ids of the newest messages, newest first. */
const newestIds = async (client: OperatorClient, count: number): Promise<readonly string[]> => {
  const ids: string[] = [];
  let before = '';
  while (ids.length < count) {
    const limit = Math.min(pageSize, count - ids.length);
    const path = `/v1/messages?limit=${limit}${before === '' ? '' : `&before=${before}`}`;
    const { messages, next } = await client.ask({ method: 'GET', path, answer: pageSchema });
    ids.push(...messages.map(({ id }) => id));
    if (next === undefined) break;
    before = next;
  }
  return ids;
};

/** Looks agents up, each once. */
class Agents {
  readonly #client: OperatorClient;
  readonly #known = new Map<string, Promise<Agent | undefined>>();

  constructor(client: OperatorClient) {
    this.#client = client;
  }

  find(tenant: string, id: string): Promise<Agent | undefined> {
    const key = `${tenant}/${id}`;
    const known = this.#known.get(key) ?? this.#ask(tenant, id);
    this.#known.set(key, known);
    return known;
  }

  async #ask(tenant: string, id: string): Promise<Agent | undefined> {
    const path = `/v1/agents/${encodeURIComponent(id)}?tenant=${encodeURIComponent(tenant)}`;
    return this.#client.find({ method: 'GET', path, answer: agentSchema as z.ZodType<Agent> });
  }
}

/** Who got, or was to get, a delivery: of a queue group's the member that was given it last, if any was. */
const receiverOf = ({ recipient, history }: Trace['deliveries'][number]): readonly AgentReference[] => {
  if ('agent' in recipient) return [recipient];
  const [tenant, agent] = history.findLast(({ kind }) => kind === 'granted')?.holder?.split('/') ?? [];
  return tenant === undefined || agent === undefined ? [] : [{ tenant, agent }];
};

/** Whom it was meant for, as far as they are still there. */
const recipientsOf = async ({ message, deliveries }: Trace, agents: Agents): Promise<readonly Agent[]> => {
  const { to } = message;
  const addressed = 'agent' in to ? [to] : deliveries.flatMap(receiverOf);
  const found = await Promise.all(addressed.map(({ tenant, agent }) => agents.find(tenant, agent)));
  return found.filter((agent) => agent !== undefined);
};

const recordedOf = async (trace: Trace, agents: Agents): Promise<RecordedMessage | undefined> => {
  const message = trace.message as Message;
  const sender = await agents.find(message.tenant, message.from);
  const recipients = await recipientsOf(trace, agents);
  if (sender === undefined || ('agent' in message.to && recipients.length === 0)) return undefined;
  return { place: { message: message.id }, message, sender, recipients };
};

const conversationOf = ({ message }: RecordedMessage): string =>
  message.conversationId === undefined
    ? message.id
    : JSON.stringify([[message.tenant, message.to.tenant].toSorted(), message.conversationId]);

/**
 * The newest messages of a running bus, by conversation, each oldest first. What came before them is not seen, nor are
 * messages whose sender or recipient is gone, or that are no longer kept.
 *
 * @param onSkipped told of each that is passed over.
 */
export async function* serverConversations(
  client: OperatorClient,
  count: number,
  onSkipped: () => void,
): AsyncGenerator<RecordedConversation, void, void> {
  const agents = new Agents(client);
  const recorded: RecordedMessage[] = [];
  for (const id of (await newestIds(client, count)).toReversed()) {
    const trace = await client.find({ method: 'GET', path: `/v1/messages/${id}`, answer: traceSchema });
    const one = trace === undefined ? undefined : await recordedOf(trace, agents);
    if (one === undefined) onSkipped();
    else recorded.push(one);
  }
  yield* Map.groupBy(recorded, conversationOf).values();
}
