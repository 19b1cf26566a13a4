import type { Agent, JsonValue, Message } from '@charterbus/core-models';

/** Where a message comes from, for whoever reads about it. */
interface RecordedPlace {
  /** The line of the trace; absent for a message of a running bus. */
  readonly line?: number;
  readonly task_id?: string | number;
  readonly trial?: string | number;
  /** The index in the recorded conversation, or the id of the message. */
  readonly message: number | string;
  readonly tool?: string;
}

/** A message that was sent once, with who sent it and who would get it. */
export interface RecordedMessage {
  readonly place: RecordedPlace;
  readonly message: Message;
  readonly sender: Agent;
  readonly recipients: readonly Agent[];
}

/** The messages of one conversation, oldest first, or one that belongs to none. */
export type RecordedConversation = readonly RecordedMessage[];

/** What an example shows of a message. */
export interface ExampleMessage extends RecordedPlace {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly content: JsonValue;
}
