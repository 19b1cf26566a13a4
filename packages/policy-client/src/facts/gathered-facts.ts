import type { Agent, Digest, JudgementPoint, Message, ScreenReading } from '@charterbus/core-models';
import type { ConversationReader } from './conversation.js';
import type { FactValue } from './fact-value.js';

/** What facts are gathered for: one message at one point of judgement. */
export interface FactSubject {
  readonly point: JudgementPoint;
  readonly sender: Agent;
  /** Absent only at `send` to everyone, to a topic or to a capability. */
  readonly recipient?: Agent;
  readonly message: Message;
  /** Bytes of the content's JSON text in UTF-8. */
  readonly contentBytes: number;
  /** Absent where the message belongs to no conversation. */
  readonly conversation?: ConversationReader;
  /** Absent where nobody screens: then what needs a reading is wanting. Asked only where a fact that is needed reads one. */
  readonly screens?: ScreenReader;
}

/**
 * What a content screen, by its name among those of the bus, makes of the message; `undefined` where it says nothing. Whoever
 * implements it asks a screen once a message and within a deadline. What it throws, and what is no reading, is none.
 */
export type ScreenReader = (screen: string) => ScreenReading | undefined | Promise<ScreenReading | undefined>;

/** Why the policies cannot be asked. */
export interface WantingFacts {
  readonly code: 'FACT_UNAVAILABLE' | 'FACT_INVALID' | 'CALL_INVALID' | 'POLICY_TIMEOUT';
  /** Names of facts; of a call that is not valid, the argument, such as `arguments.passengers`. */
  readonly names: readonly string[];
  /** For logs, never for senders. */
  readonly cause?: unknown;
}

/** The outcome of gathering: all facts that an applicable policy may read, or why there are none. Immutable. */
export interface GatheredFacts {
  /** `send`, `receive` or the name of a tool. */
  readonly action: string;
  /** What policies see as now, in milliseconds since the epoch. */
  readonly now: number;
  readonly values: Readonly<Record<string, FactValue>>;
  /** SHA-256 over the canonical JSON of the values; absent where the action has no facts. */
  readonly digest?: Digest;
  /** Versions of the external data slots that were read. */
  readonly slots?: Readonly<Record<string, Digest>>;
  readonly wanting?: WantingFacts;
}
