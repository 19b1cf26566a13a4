import type { Durability, Effect, FactsRecord, JsonValue, MessageType, PolicySource } from '@charterbus/core-models';

/** Which constitution judged. */
export interface ConstitutionIdentity {
  readonly name: string;
  readonly revision: number;
  /** The full constitutional hash. */
  readonly hash: string;
  readonly shortHash: string;
}

/** What a constitution says of one of its policies. */
export interface PolicyText {
  /** Its `@description`. */
  readonly description?: string;
  /** Within the constitution. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A message to send as one of the agents that joined. */
export interface ReplayDraft {
  readonly from: string;
  readonly to: string;
  readonly type: MessageType;
  readonly content: JsonValue;
  readonly conversationId: string;
  /** The id of the message that this one answers. */
  readonly inReplyTo?: string;
  /** Different for every message of a run: a repeated attempt at the same one is not another message. */
  readonly key: string;
}

/** What the bus decided about a message, once it is committed. */
export interface Decision {
  readonly verdict: Effect;
  /** Absent where the bus refused the message before it had an id. */
  readonly messageId?: string;
  /** Ids of policies where policies decided, else codes. */
  readonly reasons: readonly string[];
  readonly policies: readonly string[];
  /** What the receipt promises; a denied message has none. */
  readonly durability?: Durability;
}

/** What a message is denied or held by, beyond the names. */
export interface Explanation {
  /** Where the determining policies stand. */
  readonly sources?: readonly PolicySource[];
  readonly facts?: FactsRecord;
}

/** A message that its recipient took and acknowledged. */
export interface Arrival {
  readonly messageId: string;
  readonly recipient: string;
}

/** Told what happens outside of any call. */
export interface TargetListener {
  /** After the acknowledgement, once for each delivery. May come before `send` resolves. */
  arrived(arrival: Arrival): void;
  /** Messages can no longer be taken or acknowledged as they should; ends the run. */
  failed(error: unknown): void;
}

/** A bus that conversations are replayed through. */
export interface ReplayTarget extends AsyncDisposable {
  readonly constitution: ConstitutionIdentity;
  /** By id; empty where the policies cannot be seen from outside. */
  readonly policies: ReadonlyMap<string, PolicyText>;
  /** Registers an agent in the tenant of this run; from now on what is delivered to it is acknowledged. */
  join(agent: string): Promise<void>;
  /**
   * Resolves with the decision, also with a denial.
   *
   * @throws what is no decision: the bus cannot be reached, its store fails, it ends.
   */
  send(draft: ReplayDraft): Promise<Decision>;
  /**
   * Why a message was denied or escalated, as an operator sees it: its sender is not shown the values of facts. Empty
   * where the bus no longer keeps the message.
   *
   * @throws as `send` does.
   */
  explain(messageId: string, verdict: 'deny' | 'escalate'): Promise<Explanation>;
  /** Idempotent. Takes the agents away again. */
  close(): Promise<void>;
}

/** Opens a target for one run. */
export type OpenTarget = (listener: TargetListener) => Promise<ReplayTarget>;
