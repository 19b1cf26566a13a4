import { type Journal, LocalKeeper } from '../keeper/local-keeper.js';
import { KeptRegistry } from '../kept-registry.js';
import { type RegistryOptions, withDefaults } from '../options.js';
import type { Registry } from '../registry.js';
import { AgentView } from '../view/agent-view.js';
import { Watchers } from '../view/watchers.js';

/** Keeps nothing beyond the view. */
const noJournal: Journal = Object.freeze({ add: async () => {}, replace: async () => {}, remove: async () => {} });

/** A registry for tests, and for those whose agents live as long as the process. */
export const createMemoryRegistry = (options: RegistryOptions = {}): Registry => {
  const settings = withDefaults(options);
  const watchers = new Watchers(settings.onWatcherError);
  const keeper = new LocalKeeper(new AgentView(), noJournal, settings, (change) => watchers.tell(change));
  return new KeptRegistry(keeper, settings, watchers);
};
