import { type Agent, encodeEnvelope, type JsonValue, type Message } from '@charterbus/core-models';
import type { Constitution, ConversationReader, FactSubject, Remembered } from '@charterbus/policy-client';
import { assistantAgent, toolAgent } from '../../../src/replay/translate/agent-names.js';
import type { Step } from '../../../src/replay/translate/translate.js';

const tenant = 'airline';
const never = new AbortController().signal;
const ruleId = /^R[1-8]$/;

/** What was observed, as the bus keeps it with a conversation. */
class Memory implements ConversationReader {
  readonly #known = new Map<string, JsonValue[]>();

  read(about: string): Remembered {
    return { values: this.#known.get(about) ?? [], overflowed: false };
  }

  keep(about: string, keeps: 'latest' | 'all', value: JsonValue): void {
    this.#known.set(about, keeps === 'all' ? [...(this.#known.get(about) ?? []), value] : [value]);
  }
}

export interface GovernedVerdict {
  readonly verdict: string;
  /** The ids of the broken rules, as far as rules are the reason. */
  readonly rules: readonly string[];
  /** All reasons. */
  readonly reasons: readonly string[];
}

const agents = new Map<string, Agent>();

const agentOf = (id: string): Agent => {
  const agent = agents.get(id) ?? {
    tenant,
    id,
    capabilities: [],
    registeredAt: '2026-01-01T00:00:00.000Z',
    revision: '1',
  };
  agents.set(id, agent);
  return agent;
};

type Said = Pick<Step, 'from' | 'to' | 'type' | 'content'>;

/** One conversation under a constitution, without a bus around it: every message is judged, the allowed are observed. */
export class GovernedConversation {
  readonly #constitution: Constitution;
  readonly #memory = new Memory();

  constructor(constitution: Constitution) {
    this.#constitution = constitution;
  }

  /** What a tool answers to the agent. */
  answer(tool: string, result: unknown): Promise<GovernedVerdict> {
    const content = { tool, call: 'c', result } as JsonValue;
    return this.say({ from: toolAgent(tool), to: assistantAgent, type: 'task_response', content });
  }

  /** What the agent asks of a tool. */
  call(tool: string, args: unknown): Promise<GovernedVerdict> {
    const content = { tool, arguments: args, call: 'c' } as JsonValue;
    return this.say({ from: assistantAgent, to: toolAgent(tool), type: 'task_request', content });
  }

  async say({ from, to, type, content }: Said): Promise<GovernedVerdict> {
    const subject = subjectOf(from, to, type, content);
    const send = await this.#judge({ ...subject, point: 'send' });
    if (send.verdict !== 'allow') return send;
    const { message, sender, recipient } = subject;
    const allowed = { message, sender, ...(recipient === undefined ? {} : { recipient }) };
    for (const { about, keeps, value } of this.#constitution.observe(allowed)) this.#memory.keep(about, keeps, value);
    return send;
  }

  /** Says something, and where it may be said asks whether the recipient may have it. */
  async pass(said: Said): Promise<void> {
    const { verdict } = await this.say(said);
    const { from, to, type, content } = said;
    if (verdict === 'allow') await this.#judge({ ...subjectOf(from, to, type, content), point: 'receive' });
  }

  async #judge(subject: FactSubject): Promise<GovernedVerdict> {
    const gathering = this.#constitution.gatherFacts({ ...subject, conversation: this.#memory }, never);
    const facts = gathering instanceof Promise ? await gathering : gathering;
    const { digest: messageDigest } = encodeEnvelope(subject.message);
    const { effect, reasons } = await this.#constitution.judge({ ...subject, tenant, messageDigest, facts }, never);
    const rules = reasons.filter((reason) => ruleId.test(reason));
    return { verdict: effect, rules: effect === 'deny' ? rules : [], reasons };
  }
}

const subjectOf = (from: string, to: string, type: Message['type'], content: JsonValue): FactSubject => ({
  point: 'send',
  sender: agentOf(from),
  recipient: agentOf(to),
  message: {
    id: '01900000-0000-7000-8000-000000000000',
    tenant,
    from,
    to: { tenant, agent: to },
    type,
    priority: 'normal',
    createdAt: '2026-01-01T00:00:00.000Z',
    conversationId: 'one',
    content,
  },
  contentBytes: Buffer.byteLength(JSON.stringify(content)),
});
