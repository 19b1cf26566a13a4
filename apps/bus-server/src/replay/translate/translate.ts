import type { JsonValue, MessageType } from '@charterbus/core-models';
import type {
  Conversation,
  RecordedArguments,
  RecordedAssistant,
  RecordedContent,
} from '../trace/conversation-schema.js';
import type { MalformedLine } from '../trace/parse-conversation.js';
import { assistantAgent, customerAgent, toolAgent } from './agent-names.js';
import { readArguments, readResult, textOf, UncarriableArguments } from './content.js';
import { type OpenCall, Pairing } from './pairing.js';

/** One message to send. Steps of a conversation are sent in their order. */
export interface Step {
  /** The index of the recorded message in the conversation. */
  readonly message: number;
  readonly from: string;
  readonly to: string;
  readonly type: MessageType;
  readonly content: JsonValue;
  /** The position of an earlier step that this one answers. */
  readonly inReplyTo?: number;
  /** The tool that is called or answers. */
  readonly tool?: string;
  /** The recorded id of a call; only on the call itself. */
  readonly call?: string;
}

/** Why a recorded message is not sent. */
export const skipReasons = ['instruction', 'empty', 'unpaired'] as const;
export type SkipReason = (typeof skipReasons)[number];

/** Arguments that are sent as the text that was recorded. */
interface KeptArguments {
  readonly message: number;
  readonly call: string;
  readonly reason: string;
}

export interface Translation {
  readonly steps: readonly Step[];
  readonly skipped: Readonly<Record<SkipReason, number>>;
  readonly keptArguments: readonly KeptArguments[];
}

interface RecordedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: RecordedArguments;
}

/** Turns recorded messages into steps, one after the other. */
class Translator {
  readonly steps: Step[] = [];
  readonly skipped: Record<SkipReason, number> = { instruction: 0, empty: 0, unpaired: 0 };
  readonly keptArguments: KeptArguments[] = [];
  readonly #byId = new Pairing();
  /** Calls of the older interface, which has no ids: results name the function. */
  readonly #byName = new Pairing();
  #lastQuery: number | undefined;

  user(message: number, content: RecordedContent): void {
    const text = textOf(content);
    if (text === '') {
      this.skipped.empty += 1;
      return;
    }
    this.#lastQuery = this.steps.length;
    this.steps.push({ message, from: customerAgent, to: assistantAgent, type: 'query', content: { text } });
  }

  assistant(message: number, recorded: RecordedAssistant): void {
    const before = this.steps.length;
    const text = [textOf(recorded.content), recorded.refusal ?? ''].filter((part) => part !== '').join('\n');
    if (text !== '') this.#respond(message, text);
    for (const { id, function: called } of recorded.tool_calls ?? []) {
      this.#byId.add(id, this.#request(message, { id, ...called }));
    }
    const legacy = recorded.function_call;
    if (legacy !== null && legacy !== undefined) {
      this.#byName.add(legacy.name, this.#request(message, { id: `function_call:${message}`, ...legacy }));
    }
    if (this.steps.length === before) this.skipped.empty += 1;
  }

  /** The answer to a call by id. */
  tool(message: number, id: string, content: RecordedContent): void {
    this.#answer(message, this.#byId.take(id), content);
  }

  /** The answer to a call by the name of the function. */
  function(message: number, name: string, content: RecordedContent): void {
    this.#answer(message, this.#byName.take(name), content);
  }

  #respond(message: number, text: string): void {
    const answered = this.#lastQuery === undefined ? {} : { inReplyTo: this.#lastQuery };
    const parties = { from: assistantAgent, to: customerAgent };
    this.steps.push({ message, ...parties, type: 'response', content: { text }, ...answered });
  }

  #request(message: number, { id, name, arguments: recorded }: RecordedCall): OpenCall {
    const { value, problem } = readArguments(recorded);
    if (problem !== undefined) this.keptArguments.push({ message, call: id, reason: problem });
    const content = { tool: name, arguments: value, call: id };
    const step = this.steps.length;
    const parties = { from: assistantAgent, to: toolAgent(name) };
    this.steps.push({ message, ...parties, type: 'task_request', content, tool: name, call: id });
    return { step, tool: name, call: id };
  }

  #answer(message: number, open: OpenCall | undefined, recorded: RecordedContent): void {
    if (open === undefined) {
      this.skipped.unpaired += 1;
      return;
    }
    const { step, tool, call } = open;
    const content = { tool, call, result: readResult(recorded) };
    const parties = { from: toolAgent(tool), to: assistantAgent };
    this.steps.push({ message, ...parties, type: 'task_response', content, tool, inReplyTo: step });
  }
}

const translateMessage = (translator: Translator, index: number, message: Conversation['messages'][number]): void => {
  switch (message.role) {
    case 'user':
      translator.user(index, message.content);
      break;
    case 'assistant':
      translator.assistant(index, message);
      break;
    case 'tool':
      translator.tool(index, message.tool_call_id, message.content);
      break;
    case 'function':
      translator.function(index, message.name, message.content);
      break;
    case 'system':
    case 'developer':
      translator.skipped.instruction += 1;
  }
};

/**
 * The messages of a recorded conversation between a customer, an agent and its tools. Pure; every recorded message gives
 * at least one step or is counted as skipped.
 */
export const translate = (
  conversation: Conversation,
): { readonly translation: Translation } | { readonly malformed: MalformedLine } => {
  const translator = new Translator();
  for (const [index, message] of conversation.messages.entries()) {
    try {
      translateMessage(translator, index, message);
    } catch (error) {
      if (!(error instanceof UncarriableArguments)) throw error;
      return { malformed: { line: conversation.line, reason: `messages.${index}: ${error.message}` } };
    }
  }
  const { steps, skipped, keptArguments } = translator;
  return { translation: { steps, skipped, keptArguments } };
};
