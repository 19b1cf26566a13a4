import { type Agent, type AgentDraft, CharterbusError, type ManualClock } from '@charterbus/core-models';
import type { RegistryChangeKind } from '../agents.js';
import type { RegistryOptions } from '../options.js';
import type { Registry } from '../registry.js';

/** The part of vitest, jest or `node:test` that the suite needs. */
export interface ConformanceRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
}

/**
 * Makes an empty registry, which the suite closes. The clock and the timers of the options are moved by hand; a registry
 * whose leases are measured by another clock takes the timers that fit it, and takes part at the speed of that clock.
 */
export type RegistryFactory = (options: RegistryOptions) => Promise<Registry>;

/** One test on a registry of its own. */
export type Suite = (
  name: string,
  body: (registry: Registry, clock: ManualClock) => Promise<void>,
  options?: RegistryOptions,
) => void;

export const alice = { tenant: 'acme', agent: 'alice' };
export const aliceDraft: AgentDraft = { id: 'alice', tenant: 'acme' };

const codeOf = (thrown: unknown): string => (CharterbusError.isInstance(thrown) ? thrown.code : String(thrown));

/** What a call throws, by its code. */
export const codeOfCall = (call: () => unknown): string => {
  try {
    call();
    return 'done';
  } catch (error) {
    return codeOf(error);
  }
};

export const codeOfPromise = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'done', codeOf);

export const whoseToken = (registry: Registry, token: string): Agent => registry.authenticate(token).agent;

export const codeOfToken = (registry: Registry, token: string): string =>
  codeOfCall(() => registry.authenticate(token));

/** Resolves when the registry tells of such a change. */
export const told = (registry: Registry, kind: RegistryChangeKind): Promise<Agent> => {
  const { promise, resolve } = Promise.withResolvers<Agent>();
  const watch = registry.watch((change) => {
    if (change.kind !== kind) return;
    watch[Symbol.dispose]();
    resolve(change.agent);
  });
  return promise;
};

export const idsOf = (agents: Iterable<Agent>): readonly string[] => Array.from(agents, ({ id }) => id);
