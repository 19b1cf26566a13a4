import type { JsonValue } from '@charterbus/core-models';
import type { ConversationReader, Observation, Remembered } from '../facts/conversation.js';

/** What the earlier messages of one conversation told, in their order, without bounds: for tests and comparisons. */
export class StatedConversation implements ConversationReader {
  readonly #values = new Map<string, readonly JsonValue[]>();

  add({ about, keeps, value }: Observation): void {
    const before = keeps === 'all' ? (this.#values.get(about) ?? []) : [];
    this.#values.set(about, [...before, value]);
  }

  read(about: string): Remembered {
    return { values: this.#values.get(about) ?? [], overflowed: false };
  }
}
