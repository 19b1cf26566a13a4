import type { Agent, Digest, JsonValue, Message } from '@charterbus/core-models';
import type { Observation } from './conversation.js';
import type { ActionDeclaration } from './fact-value.js';
import type { FactSubject, GatheredFacts } from './gathered-facts.js';

export interface GatherOptions {
  /** What policies and expressions see as now, in milliseconds since the epoch. */
  readonly now: number;
  /** The names of the facts that an applicable policy may read, by action; no other is worked out. */
  readonly wanted: (action: string) => ReadonlySet<string>;
}

/** A message that was allowed at both points, with who sent it and who gets it. */
export interface AllowedMessage {
  readonly message: Message;
  readonly sender: Agent;
  /** Absent for a message to several, which makes no facts. */
  readonly recipient?: Agent;
}

/** What a policy test states instead of the world. */
export interface StatedWorld {
  /** Rows by table, then by key; a table that is not named here is empty, unless the constitution itself holds it. */
  readonly tables: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
  /** What providers answer, by provider, then by the JSON text of the list of arguments; anything else is a failure. */
  readonly providers: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
}

/**
 * The facts of one constitution, compiled. Immutable but for what providers remember. Nothing here throws for anything
 * that a message, a row, a conversation or a provider holds: what cannot be told is wanting, and denies.
 */
export interface ConstitutionFacts {
  /** By name; always with `send` and `receive`. */
  readonly actions: ReadonlyMap<string, ActionDeclaration>;
  /** The version (SHA-256 of the bytes) of each external data slot. */
  readonly slots: Readonly<Record<string, Digest>>;
  /** The names of the content screens that some fact reads, as the bus must have them. */
  readonly screens: ReadonlySet<string>;
  /** The facts at `receive` that can be others for another recipient of the same message. */
  readonly ofRecipient: ReadonlySet<string>;
  /**
   * Answers at once unless a provider has to be asked. An abort is wanting facts with `POLICY_TIMEOUT`.
   *
   * The action follows from the recipient: what an agent that hosts tools gets at `send` must be a call of one of them;
   * anything else is `CALL_INVALID`. At `receive` it is `receive`, and a message to everyone or to a topic never reaches such
   * an agent.
   */
  gather(subject: FactSubject, options: GatherOptions, signal: AbortSignal): GatheredFacts | Promise<GatheredFacts>;
  /** The tool that a message to this agent calls, by what it names; of an agent that hosts none, nothing. */
  toolOf(recipient: string, content: JsonValue): string | undefined;
  /** What an allowed message adds to what is known of its conversation. Pure. */
  observe(allowed: AllowedMessage): readonly Observation[];
  /** The same facts over another world: for policy tests. */
  withWorld(world: StatedWorld): { readonly facts: ConstitutionFacts } | { readonly problems: readonly string[] };
}
