import { type Agent, AgentError, type AgentReference, type Digest } from '@charterbus/core-models';
import { type Claim, UsedChallenges } from '../credentials/used-challenges.js';
import type { RegistryOptions } from '../options.js';
import { mustExist, type Plan } from '../plans/plan.js';
import type { AgentRecord } from '../record/agent-record.js';
import type { AgentView } from '../view/agent-view.js';
import type { Entry } from '../view/entry.js';
import type { Keeper, Tell } from './keeper.js';
import { Leases } from './leases.js';
import { show, showEnd, showExpiry } from './show.js';

/** Keeps changes; each resolves when it is durable, and rejects when nothing of it was kept. */
export interface Journal {
  /** @throws AgentError `AGENT_ALREADY_REGISTERED` where the store knows the agent already. */
  add(record: AgentRecord): Promise<void>;
  replace(record: AgentRecord): Promise<void>;
  remove(record: AgentRecord): Promise<void>;
}

const secretBytes = 32;

/** One process has the store: what is in its view is all there is, and its clock says when leases run out. */
export class LocalKeeper implements Keeper {
  readonly view: AgentView;
  readonly #journal: Journal;
  readonly #options: Required<RegistryOptions>;
  readonly #tell: Tell;
  readonly #leases: Leases;
  readonly #used: UsedChallenges;
  readonly #secret: Uint8Array;
  /** Registrations that the journal is keeping: they count towards the limit. */
  #arriving = 0;

  /** Who has a lease has a fresh one from now on: when it was heard of before is not kept. */
  constructor(view: AgentView, journal: Journal, options: Required<RegistryOptions>, tell: Tell) {
    this.view = view;
    this.#journal = journal;
    this.#options = options;
    this.#tell = tell;
    this.#leases = new Leases(options, (entry) => showExpiry(entry, true, view, tell));
    this.#used = new UsedChallenges(options.clock);
    this.#secret = options.random.bytes(secretBytes);
    for (const entry of view.entries()) this.#leases.renew(entry);
  }

  async change<Result>(plan: Plan<Result>): Promise<Result> {
    const known = this.view.entry(plan.reference);
    const made = plan.make(known?.record);
    if ('unchanged' in made) return made.unchanged;
    if (known === undefined) return made.result(await this.#add(plan, made.next));
    return made.result(await this.#change(plan, known, made.next));
  }

  async heartbeat(reference: AgentReference): Promise<void> {
    const entry = this.view.entry(reference);
    mustExist(entry?.record, reference);
    if (entry === undefined) return;
    this.#hear(entry);
    showExpiry(entry, false, this.view, this.#tell);
  }

  async secret(): Promise<Uint8Array> {
    return this.#secret;
  }

  async claim(reference: AgentReference, digest: Digest, rememberedMs: number): Promise<Claim> {
    return this.#used.claim(reference, digest, rememberedMs);
  }

  checkCurrent(): void {}

  async close(): Promise<void> {
    this.#leases.close();
  }

  async #add({ kind, reference }: Plan<unknown>, next: AgentRecord | undefined): Promise<Agent> {
    const record = mustExist(next, reference);
    if (this.view.size + this.#arriving >= this.#options.agents) {
      throw new AgentError('AGENT_LIMIT_REACHED', `No more than ${this.#options.agents} agents can be registered.`);
    }
    this.#arriving += 1;
    try {
      await this.#journal.add(record);
    } finally {
      this.#arriving -= 1;
    }
    const entry = this.view.put(record);
    this.#hear(entry);
    this.#tell({ kind, agent: record.agent });
    return record.agent;
  }

  async #change({ kind }: Plan<unknown>, known: Entry, next: AgentRecord | undefined): Promise<Agent> {
    const { agent } = known.record;
    if (next === undefined) {
      await this.#journal.remove(known.record);
      this.#leases.forget(known);
      showEnd(known, this.view, this.#tell);
      return agent;
    }
    await this.#journal.replace(next);
    show(kind, next, this.view, this.#tell);
    if (next.agent.leaseMs === agent.leaseMs) return next.agent;
    this.#leases.forget(known);
    if (!known.isExpired) this.#leases.renew(known);
    return next.agent;
  }

  #hear(entry: Entry): void {
    entry.heardAt = Math.floor(this.#options.clock.now());
    this.#leases.renew(entry);
  }
}
