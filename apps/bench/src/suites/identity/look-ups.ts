import { agentKey } from '@charterbus/core-models';
import { createMemoryRegistry, type Registry } from '@charterbus/registry';
import { synchronous } from '../../measure/batch.js';
import type { Row } from '../../suite.js';
import { insist } from '../insist.js';

/** As many as the figures of the identity work are about. */
export const manyAgents = 100_000;

const agentsOfCapability = 100;
const idOf = (n: number): string => `agent-${n % manyAgents}`;
const capabilityOf = (n: number): string => `c${n % (manyAgents / agentsOfCapability)}`;

const populated = async (): Promise<{ readonly registry: Registry; readonly tokens: readonly string[] }> => {
  const registry = createMemoryRegistry();
  const tokens: string[] = [];
  for (let n = 0; n < manyAgents; n++) {
    const { token } = await registry.register({ id: idOf(n), tenant: 'acme', capabilities: [capabilityOf(n)] });
    tokens.push(token);
  }
  return { registry, tokens };
};

type Look = (registry: Registry, tokens: readonly string[]) => (n: number) => unknown;

const row = (name: string, profile: string, look: Look): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}, ${manyAgents} agents in memory`,
  open: async () => {
    const { registry, tokens } = await populated();
    const ask = look(registry, tokens);
    insist(ask(0) !== undefined, 'Nobody was found.');
    return { batch: synchronous(ask), close: () => registry.close() };
  },
});

export const byId = (name: string): Row =>
  row(name, 'route, by tenant and id', (registry) => (n) => registry.route({ tenant: 'acme', agent: idOf(n * 7919) }));

export const byCapability = (name: string): Row =>
  row(name, `withCapability, the first of ${agentsOfCapability}`, (registry) => (n) => {
    const [first] = registry.withCapability('acme', capabilityOf(n * 7919));
    return first;
  });

export const byToken = (name: string): Row =>
  row(name, 'authenticate', (registry, tokens) => (n) => registry.authenticate(tokens[(n * 7919) % manyAgents] ?? ''));

export const bareMap = (name: string): Row => ({
  name,
  kind: 'limit',
  profile: `Map.get by tenant/id among ${manyAgents}`,
  leavesOut: 'leases, quarantine, indices, everything else',
  open: async () => {
    const map = new Map<string, object>();
    for (let n = 0; n < manyAgents; n++) map.set(agentKey({ tenant: 'acme', agent: idOf(n) }), { id: idOf(n) });
    return {
      batch: synchronous((n) => map.get(agentKey({ tenant: 'acme', agent: idOf(n * 7919) }))),
      close: async () => undefined,
    };
  },
});
