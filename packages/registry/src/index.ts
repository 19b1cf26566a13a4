export { createMemoryRegistry } from './memory/memory-registry.js';
export { defaultAgents, type RegistryOptions } from './options.js';
export type { AgentFilter, AgentPage, Registration, Registry, RegistryChange } from './registry.js';
