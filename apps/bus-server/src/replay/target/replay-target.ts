import type { Durability, Effect, JsonValue, MessageType } from '@charterbus/core-models';

/** Which constitution judged. */
export interface ConstitutionIdentity {
  readonly name: string;
  readonly revision: number;
  /** The full constitutional hash. */
  readonly hash: string;
  readonly shortHash: string;
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
  /** Registers an agent in the tenant of this run; from now on what is delivered to it is acknowledged. */
  join(agent: string): Promise<void>;
  /**
   * Resolves with the decision, also with a denial.
   *
   * @throws what is no decision: the bus cannot be reached, its store fails, it ends.
   */
  send(draft: ReplayDraft): Promise<Decision>;
  /** Idempotent. Takes the agents away again. */
  close(): Promise<void>;
}

/** Opens a target for one run. */
export type OpenTarget = (listener: TargetListener) => Promise<ReplayTarget>;
