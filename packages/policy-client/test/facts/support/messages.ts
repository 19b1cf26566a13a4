import type { Agent, JsonValue, Message, MessageType } from '@charterbus/core-models';
import type { ConstitutionFacts } from '../../../src/facts/constitution-facts.js';
import type { ConversationReader, Observation } from '../../../src/facts/conversation.js';
import type { FactSubject, GatheredFacts } from '../../../src/facts/gathered-facts.js';

export const agent = (id: string, more: Partial<Agent> = {}): Agent => ({
  id,
  tenant: 'acme',
  capabilities: [],
  registeredAt: '2026-01-01T00:00:00.000Z',
  revision: '1',
  ...more,
});

export const clerk = agent('clerk', { role: 'clerk' });

export const message = (
  from: Agent,
  to: Agent | undefined,
  content: JsonValue,
  type: MessageType = 'command',
): Message => ({
  id: '01970000-0000-7000-8000-000000000000',
  tenant: from.tenant,
  from: from.id,
  to: to === undefined ? { tenant: from.tenant, everyone: true } : { tenant: to.tenant, agent: to.id },
  type,
  priority: 'normal',
  conversationId: 'c1',
  createdAt: '2026-01-01T00:00:00.000Z',
  content,
});

export const subject = (
  more: Partial<FactSubject> & { readonly content?: JsonValue; readonly type?: MessageType },
): FactSubject => {
  const { content = {}, type = 'command', sender = clerk, recipient, ...rest } = more;
  return {
    point: 'send',
    sender,
    ...(recipient === undefined ? {} : { recipient }),
    message: message(sender, recipient, content, type),
    contentBytes: 2,
    ...rest,
  };
};

export const call = (
  tool: string,
  given: JsonValue,
  more: Partial<FactSubject> & { readonly host?: string } = {},
): FactSubject => {
  const { host = `tool:${tool}`, ...rest } = more;
  return subject({ recipient: agent(host), content: { tool, arguments: given }, ...rest });
};

/** All facts that an action has. */
export const all =
  (facts: ConstitutionFacts) =>
  (action: string): ReadonlySet<string> =>
    new Set(facts.actions.get(action)?.facts.keys());

/** 2024-05-15T15:00:00Z. */
export const now = Date.UTC(2024, 4, 15, 15);

const { signal } = new AbortController();

export const gather = (
  facts: ConstitutionFacts,
  of: FactSubject,
  wanted: (action: string) => ReadonlySet<string> = all(facts),
): GatheredFacts | Promise<GatheredFacts> => facts.gather(of, { now, wanted }, signal);

/** What is gathered without waiting. */
export const gathered = (facts: ConstitutionFacts, of: FactSubject, ...wanted: readonly string[]): GatheredFacts => {
  const found = gather(facts, of, wanted.length === 0 ? all(facts) : () => new Set(wanted));
  if (found instanceof Promise) throw new Error('It waits.');
  return found;
};

/** A conversation that remembers what it is told. */
export class Conversation implements ConversationReader {
  readonly #known = new Map<string, JsonValue[]>();
  readonly asked: string[] = [];
  readonly overflowed = new Set<string>();

  add(observations: readonly Observation[]): this {
    for (const { about, keeps, value } of observations) {
      this.#known.set(about, keeps === 'latest' ? [value] : [...(this.#known.get(about) ?? []), value]);
    }
    return this;
  }

  read(about: string) {
    this.asked.push(about);
    return { values: this.#known.get(about) ?? [], overflowed: this.overflowed.has(about) };
  }
}
