/** Lists by tenant and agent: two looks at texts that are at hand, where making a key of both would cost more. */
export class ByAgent<T> {
  readonly #byTenant = new Map<string, Map<string, T[]>>();

  /** To be read and appended to. */
  of(tenant: string, agent: string): T[] {
    let agents = this.#byTenant.get(tenant);
    if (agents === undefined) {
      agents = new Map();
      this.#byTenant.set(tenant, agents);
    }
    let list = agents.get(agent);
    if (list === undefined) {
      list = [];
      agents.set(agent, list);
    }
    return list;
  }

  clear(): void {
    this.#byTenant.clear();
  }
}
