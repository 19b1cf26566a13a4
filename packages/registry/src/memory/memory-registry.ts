import { type RegistryOptions, withDefaults } from '../options.js';
import type { Registry } from '../registry.js';
import { AgentView } from '../view/agent-view.js';
import type { Journal } from '../view/journal.js';
import { ViewedRegistry } from '../view/viewed-registry.js';

/** Keeps nothing beyond the view. */
const noJournal: Journal = Object.freeze({ add: async () => {}, remove: async () => {} });

/** A registry for tests, and for those whose agents live as long as the process. */
export const createMemoryRegistry = (options: RegistryOptions = {}): Registry =>
  new ViewedRegistry(new AgentView(), noJournal, withDefaults(options));
