import { type AgentReference, agentKey } from '@charterbus/core-models';
import type { Marked, MessageSet } from '../broker/pauses.js';
import type { StopRecord } from '../topics/topic-records.js';

/**
 * What the kill switch has stopped: agents, tenants and types of messages, or everything. Whoever is stopped neither sends,
 * receives nor settles; what it has sent reaches nobody. Immutable.
 */
export class Halts implements MessageSet {
  static readonly none = new Halts([]);

  readonly everything: boolean;
  readonly tenants: readonly string[];
  readonly senders: readonly string[];
  readonly types: readonly { readonly type: string; readonly tenant?: string }[];
  readonly #tenants: ReadonlySet<string>;
  readonly #agents: ReadonlySet<string>;
  readonly #types: ReadonlySet<string>;
  readonly #isEmpty: boolean;

  constructor(records: Iterable<StopRecord>) {
    const all = [...records];
    const of = (kind: StopRecord['kind']): readonly StopRecord[] => all.filter((record) => record.kind === kind);
    this.everything = of('halt-everything').length > 0;
    this.tenants = of('halt-tenant').map(({ tenant }) => tenant);
    this.senders = of('halt-agent').map(({ tenant, name }) => agentKey({ tenant, agent: name }));
    this.types = of('halt-type').map(({ tenant, name }) => (tenant === '' ? { type: name } : { type: name, tenant }));
    this.#tenants = new Set(this.tenants);
    this.#agents = new Set(this.senders);
    // No tenant has an empty name, and no type a slash.
    this.#types = new Set(this.types.map(({ type, tenant = '' }) => `${tenant}/${type}`));
    this.#isEmpty = all.every(({ kind }) => !kind.startsWith('halt-'));
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Whether there are messages that are stopped though neither everything is nor their recipient. */
  get marks(): boolean {
    return this.tenants.length + this.senders.length + this.types.length > 0;
  }

  stops(agent: AgentReference): boolean {
    if (this.#isEmpty) return false;
    return this.everything || this.#tenants.has(agent.tenant) || this.#agents.has(agentKey(agent));
  }

  covers({ tenant: ofSender, from, type }: Marked, tenant: string): boolean {
    if (this.#isEmpty) return false;
    if (this.stops({ tenant: ofSender, agent: from }) || this.#tenants.has(tenant)) return true;
    return (
      this.#types.has(`/${type}`) || this.#types.has(`${tenant}/${type}`) || this.#types.has(`${ofSender}/${type}`)
    );
  }
}
