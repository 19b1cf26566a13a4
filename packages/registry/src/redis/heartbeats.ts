import { AgentError, type AgentReference, agentKey } from '@charterbus/core-models';
import { Background } from '@charterbus/recovery';
import type { Entry } from '../view/entry.js';
import type { Follower } from './follower.js';
import type { RedisRegistrySettings } from './options.js';
import { heartbeatScript } from './scripts.js';
import type { Writer } from './writer.js';

/** Agents in one script. */
const mostAtOnce = 100;
/** A lease is written anew when a third of it has passed. */
const freshPart = 3;

const notRegistered = (key: string): AgentError => new AgentError('AGENT_NOT_REGISTERED', `There is no agent ${key}.`);

/** Renews leases in Redis, by its time: many in one script, and none that was renewed from here a moment ago. */
export class Heartbeats {
  readonly #settings: RedisRegistrySettings;
  readonly #writer: Writer;
  readonly #follower: Follower;
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  readonly #background: Background;
  #isWriting = false;

  constructor(settings: RedisRegistrySettings, writer: Writer, follower: Follower) {
    this.#settings = settings;
    this.#background = new Background((_task, error) => settings.onWatcherError(error));
    this.#writer = writer;
    this.#follower = follower;
  }

  /** @throws AgentError `AGENT_NOT_REGISTERED`; StoreError `STORE_UNAVAILABLE`. */
  async hear(reference: AgentReference): Promise<void> {
    const entry = this.#follower.view.entry(reference);
    if (entry !== undefined && this.#isFresh(entry)) return this.#note(entry);
    const key = agentKey(reference);
    const waiting = this.#waiting.get(key) ?? Promise.withResolvers<void>();
    this.#waiting.set(key, waiting);
    // Those that come while one script is on its way go together in the next.
    if (!this.#isWriting) this.#background.run('heartbeats', () => this.#write());
    await waiting.promise;
  }

  /** That an agent was heard of, and from when on its lease runs at the least. */
  note(entry: Entry, askedAt: number): void {
    const { leaseMs } = entry.record.agent;
    entry.leaseEndsAt = leaseMs === undefined ? undefined : askedAt + leaseMs;
    this.#note(entry);
  }

  #note(entry: Entry): void {
    entry.heardAt = Math.floor(this.#settings.clock.now());
  }

  #isFresh({ record, isExpired, leaseEndsAt }: Entry): boolean {
    const { leaseMs } = record.agent;
    if (leaseMs === undefined) return true;
    if (isExpired || leaseEndsAt === undefined) return false;
    return leaseEndsAt - this.#settings.clock.monotonic() > leaseMs - leaseMs / freshPart;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.size > 0) {
      const batch = this.#take();
      try {
        if (batch.size > 0) await this.#renew(batch);
      } catch (error) {
        for (const { reject } of batch.values()) reject(error);
      }
    }
    this.#isWriting = false;
  }

  /** Those whose turn it is; who was renewed while it waited is answered. */
  #take(): ReadonlyMap<string, PromiseWithResolvers<void>> {
    const batch = new Map<string, PromiseWithResolvers<void>>();
    for (const [key, waiting] of this.#waiting) {
      if (batch.size === mostAtOnce) break;
      this.#waiting.delete(key);
      const entry = this.#follower.view.entryOfKey(key);
      if (entry !== undefined && this.#isFresh(entry)) waiting.resolve(this.#note(entry));
      else batch.set(key, waiting);
    }
    return batch;
  }

  async #renew(batch: ReadonlyMap<string, PromiseWithResolvers<void>>): Promise<void> {
    const { changesKept, clock, ids, keys } = this.#settings;
    const used = [keys.agents, keys.changes, keys.state, keys.leases, keys.expired];
    const values = [String(changesKept), ids.next(), ...batch.keys()];
    const askedAt = clock.monotonic();
    const answers = await this.#writer.ask(heartbeatScript, used, values, this.#writer.deadline());
    for (const [place, [key, waiting]] of [...batch].entries()) {
      this.#background.run('heartbeats', () => this.#answer(key, answers[place] ?? 'none', { askedAt, waiting }));
    }
  }

  async #answer(
    key: string,
    answer: string,
    { askedAt, waiting }: { readonly askedAt: number; readonly waiting: PromiseWithResolvers<void> },
  ): Promise<void> {
    if (answer === 'none') return waiting.reject(notRegistered(key));
    const [kind, number] = answer.split(' ');
    if (kind === 'returned') await this.#follower.reached(Number(number));
    const entry = this.#follower.view.entryOfKey(key);
    if (entry !== undefined) this.note(entry, askedAt);
    waiting.resolve();
  }
}
