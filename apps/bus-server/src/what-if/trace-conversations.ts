import { type Agent, type Clock, type IdSource, type JsonValue, type Message } from '@charterbus/core-models';
import { stated } from '../http/schemas/request.js';
import type { Conversation } from '../replay/trace/conversation-schema.js';
import { openTrace } from '../replay/trace/open-trace.js';
import { type MalformedLine, parseConversation } from '../replay/trace/parse-conversation.js';
import { readLines } from '../replay/trace/read-lines.js';
import { partOf } from '../replay/translate/agent-names.js';
import { type Step, translate } from '../replay/translate/translate.js';
import type { RecordedConversation, RecordedMessage } from './recorded-message.js';

const tenant = 'replay';

/** As a replay registers them. */
const agentOf = (id: string): Agent => ({
  id,
  tenant,
  capabilities: [partOf(id)],
  registeredAt: '2026-01-01T00:00:00.000Z',
  revision: '1',
});

export interface TraceOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: IdSource;
  /** Told of lines that are passed over. */
  readonly onMalformed: (line: MalformedLine) => void;
}

const messageOf = (step: Step, ids: readonly string[], line: number, at: string, id: string): Message => ({
  id,
  tenant,
  from: step.from,
  to: { tenant, agent: step.to },
  type: step.type,
  priority: 'normal',
  conversationId: `line-${line}`,
  ...stated({ inReplyTo: step.inReplyTo === undefined ? undefined : ids[step.inReplyTo] }),
  createdAt: at,
  content: step.content satisfies JsonValue,
});

const recorded = (
  { line, taskId, trial }: Conversation,
  steps: readonly Step[],
  { clock, ids: source }: TraceOptions,
): RecordedConversation => {
  const ids = steps.map(() => source.next());
  const at = new Date(clock.now()).toISOString();
  return steps.map((step, position): RecordedMessage => {
    const place = { line, task_id: taskId, trial, message: step.message, ...stated({ tool: step.tool }) };
    const message = messageOf(step, ids, line, at, ids[position] ?? source.next());
    return { place, message, sender: agentOf(step.from), recipients: [agentOf(step.to)] };
  });
};

/** The conversations of a trace, one after the other, as a replay would send them. @throws ReplayError. */
export async function* traceConversations(
  path: string,
  options: TraceOptions,
  signal: AbortSignal,
): AsyncGenerator<RecordedConversation, void, void> {
  const { bytes } = await openTrace(path, signal);
  for await (const line of readLines(bytes)) {
    const parsed = parseConversation(line);
    const translated = 'malformed' in parsed ? parsed : translate(parsed.conversation);
    if ('malformed' in translated) options.onMalformed(translated.malformed);
    else if ('conversation' in parsed) yield recorded(parsed.conversation, translated.translation.steps, options);
  }
}
