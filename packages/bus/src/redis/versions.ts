import { LRUCache } from 'lru-cache';

/** Conversations whose state is remembered. */
const mostConversations = 10_000;

/** The state in which this process has last seen a conversation: what it commits rests on that. */
export class ConversationVersions {
  readonly #seen = new LRUCache<string, string>({ max: mostConversations });

  see(conversation: string, version: string): void {
    this.#seen.set(conversation, version);
  }

  /** Empty where nobody has looked. */
  of(conversation: string | undefined): string {
    return conversation === undefined ? '' : (this.#seen.get(conversation) ?? '');
  }
}
