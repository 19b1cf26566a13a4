import type { JsonValue } from '@charterbus/core-models';
import type { ConversationReader, Observation, Remembered } from '../facts/conversation.js';

/** The conversation of a policy test: what its earlier messages told, in their order. */
export class StatedConversation implements ConversationReader {
  readonly #values = new Map<string, readonly JsonValue[]>();

  add({ slot, keeps, value }: Observation): void {
    const before = keeps === 'all' ? (this.#values.get(slot) ?? []) : [];
    this.#values.set(slot, [...before, value]);
  }

  read(slot: string): Remembered {
    return { values: this.#values.get(slot) ?? [], overflowed: false };
  }
}
