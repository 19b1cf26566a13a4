import type { Clock } from '@charterbus/core-models';
import type { BrokerReader } from './broker.js';
import type { Journal } from './journal.js';

/** What of a journal may be looked up from outside. */
export const journalReader = (journal: Journal, clock: Clock): BrokerReader => ({
  message: (id) => journal.message(id),
  envelope: (id) => journal.envelope(id),
  entries: (message) => journal.entries(message),
  leaves: (message) => journal.leaves(message),
  leaf: (index) => journal.leaf(index),
  leafCount: () => journal.leafCount,
  list: (filter) => journal.list(filter),
  deadLetters: (filter) => journal.deadLetters(filter),
  conversationFacts: (conversation) => journal.conversationFacts(conversation, clock.now()),
  duplicate: (tenant, from, key) => journal.duplicate(tenant, from, key, clock.now()),
});
