import { type Agent, type AgentReference, agentKey } from '@charterbus/core-models';
import type { Registry } from '@charterbus/registry';
import { capabilityMailbox } from '../broker/mailbox-name.js';
import type { Membership } from './membership.js';

export interface CapabilitiesOptions {
  readonly registry: Registry;
  readonly membership: Membership;
}

const pageSize = 1000;
const none: readonly string[] = Object.freeze([]);

/** Whoever has a capability takes from its mailbox, as long as the registry routes to it. */
export class Capabilities implements Disposable {
  readonly #registry: Registry;
  readonly #membership: Membership;
  readonly #watch: Disposable;
  /** By agent, for which capabilities it takes part now. */
  readonly #taken = new Map<string, readonly string[]>();

  constructor({ registry, membership }: CapabilitiesOptions) {
    this.#registry = registry;
    this.#membership = membership;
    this.#watch = registry.watch(({ agent: { tenant, id } }) => this.#look({ tenant, agent: id }));
  }

  /** Takes in those who are there; before the broker starts. */
  open(): void {
    let after: string | undefined;
    do {
      const page = this.#registry.list({ limit: pageSize, ...(after === undefined ? {} : { after }) });
      for (const { tenant, id } of page.agents) this.#look({ tenant, agent: id });
      after = page.next;
    } while (after !== undefined);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #look(reference: AgentReference): void {
    const key = agentKey(reference);
    const before = this.#taken.get(key) ?? none;
    const now = this.#registry.route(reference)?.capabilities ?? none;
    if (now === before) return;
    if (now.length === 0) this.#taken.delete(key);
    else this.#taken.set(key, now);
    for (const one of before) if (!now.includes(one)) this.#membership.leave(reference, mailboxOf(reference, one));
    for (const one of now) if (!before.includes(one)) this.#membership.join(reference, mailboxOf(reference, one));
  }
}

const mailboxOf = ({ tenant }: AgentReference, capability: string): AgentReference =>
  capabilityMailbox(tenant, capability);

/** Whether the agent has the capability for which the mailbox is. */
export const hasCapability = (agent: Agent, mailbox: AgentReference, capability: string): boolean =>
  agent.tenant === mailbox.tenant && agent.capabilities.includes(capability);
