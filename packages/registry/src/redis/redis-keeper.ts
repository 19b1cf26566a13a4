import { type Agent, type AgentReference, agentKey, type Digest, StoreError } from '@charterbus/core-models';
import { mostProofs } from '../credentials/limits.js';
import type { Claim } from '../credentials/used-challenges.js';
import type { Keeper, Tell } from '../keeper/keeper.js';
import type { Made, Plan } from '../plans/plan.js';
import { type AgentRecord, referenceOf } from '../record/agent-record.js';
import type { AgentView } from '../view/agent-view.js';
import { type Attempt, Changes } from './changes.js';
import { Follower } from './follower.js';
import { Heartbeats } from './heartbeats.js';
import type { RedisRegistrySettings } from './options.js';
import { claimScript, secretScript } from './scripts.js';
import { sharing } from './stored.js';
import { UnsettledChanges } from './unsettled.js';
import { unavailable, Writer } from './writer.js';

const secretBytes = 32;
/** After so long it is looked up again: the database may have been emptied. */
const secretKeptMs = 60_000;

type Change<Result> = Exclude<Made<Result>, { readonly unchanged: Result }>;

/** Changes are Redis' to decide; the view follows them. */
export class RedisKeeper implements Keeper {
  readonly #settings: RedisRegistrySettings;
  readonly #follower: Follower;
  readonly #writer: Writer;
  readonly #changes: Changes;
  readonly #heartbeats: Heartbeats;
  readonly #unsettled = new UnsettledChanges();
  #secret: { readonly bytes: Promise<Uint8Array>; readonly until: number } | undefined;

  constructor(settings: RedisRegistrySettings, tell: Tell) {
    this.#settings = settings;
    this.#follower = new Follower(settings, tell);
    this.#writer = new Writer(settings);
    this.#changes = new Changes(settings, this.#writer);
    this.#heartbeats = new Heartbeats(settings, this.#writer, this.#follower);
  }

  get view(): AgentView {
    return this.#follower.view;
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  async change<Result>(plan: Plan<Result>): Promise<Result> {
    const key = agentKey(plan.reference);
    const earlier = await this.#earlier(key, plan);
    if (earlier !== undefined) return earlier.result;
    const deadline = this.#writer.deadline();
    let known = this.view.entry(plan.reference)?.record;
    let isSure = false;
    for (;;) {
      const made = isSure ? plan.make(known) : changeIn(plan, known);
      if (made === undefined) {
        known = await this.#read(plan.reference, deadline);
        isSure = true;
        continue;
      }
      if ('unchanged' in made) return made.unchanged;
      const decision = await this.#make(plan, known, made, deadline);
      if (decision.kind === 'done') return decision.result;
      if (this.#settings.clock.monotonic() >= deadline) throw unavailable(decision.error);
      if (decision.kind === 'lost') continue;
      known = decision.record;
      isSure = true;
    }
  }

  heartbeat(reference: AgentReference): Promise<void> {
    return this.#heartbeats.hear(reference);
  }

  secret(): Promise<Uint8Array> {
    const now = this.#settings.clock.monotonic();
    if (this.#secret === undefined || this.#secret.until <= now) {
      this.#secret = { bytes: this.#readSecret(), until: now + secretKeptMs };
    }
    return this.#secret.bytes;
  }

  async claim(reference: AgentReference, digest: Digest, rememberedMs: number): Promise<Claim> {
    const values = [digest, String(rememberedMs), String(mostProofs)];
    const used = [this.#settings.keys.used(agentKey(reference))];
    const outcome = await this.#writer.run(claimScript, used, values, this.#writer.deadline());
    // It may have been taken: nobody gets in by it, and another challenge is soon had.
    if (outcome.kind !== 'answered') throw unavailable(outcome.error);
    const [answer] = outcome.answer;
    return answer === 'first' || answer === 'full' ? answer : 'used';
  }

  checkCurrent(): void {
    if (this.#follower.current) return;
    const retryAfterMs = this.#settings.staleMs;
    throw new StoreError('REGISTRY_STALE', 'Redis is out of reach: who is registered is not known.', { retryAfterMs });
  }

  async close(): Promise<void> {
    await Promise.all([this.#follower.close(), this.#writer.close()]);
  }

  async #make<Result>(plan: Plan<Result>, known: AgentRecord | undefined, made: Change<Result>, deadline: number) {
    const attempt: Attempt = {
      id: made.version,
      kind: plan.kind,
      key: agentKey(plan.reference),
      expected: known?.version ?? '',
      record: made.next,
      isNarrowing: plan.isNarrowing === true,
      since: this.#follower.revision,
    };
    const askedAt = this.#settings.clock.monotonic();
    const decision = await this.#unsettled.remembering({ attempt, result: made.result }, plan, () =>
      this.#changes.make(attempt, deadline),
    );
    if (decision.kind === 'other') return { ...decision, error: new Error('Others changed the agent each time.') };
    if (decision.kind === 'lost') {
      // Whoever registers is told, and tries again with whatever it states by then.
      if (plan.kind === 'registered') throw unavailable(decision.error);
      await this.#changes.again(deadline, decision.error);
      return decision;
    }
    const agent = await this.#seen((made.next ?? known)?.agent, decision.number);
    if (plan.kind === 'registered') this.#heard(plan.reference, askedAt);
    return { kind: 'done' as const, result: made.result(agent) };
  }

  /** The agent as Redis has it now. */
  async #read(reference: AgentReference, deadline: number): Promise<AgentRecord | undefined> {
    const record = await this.#changes.read(agentKey(reference), deadline);
    return record === undefined ? undefined : sharing(record, this.view.entry(reference));
  }

  /** What came of a change whose outcome was not known when its caller was answered, for who plans the same. */
  async #earlier<Result>(key: string, plan: Plan<Result>): Promise<{ readonly result: Result } | undefined> {
    const earlier = plan.sameAs === undefined ? undefined : this.#unsettled.take(key);
    if (earlier === undefined) return undefined;
    const settled = await this.#unsettled.remembering(earlier, earlier, () =>
      this.#changes.settle(earlier.attempt, this.#writer.deadline()),
    );
    // For anybody else the agent is there, and its token is nobody's.
    if (settled.kind !== 'kept' || earlier.sameAs !== plan.sameAs) return undefined;
    const agent = await this.#seen(earlier.attempt.record?.agent, settled.number);
    return { result: earlier.result(agent) as Result };
  }

  /** The agent as look-ups have it, when they have the change. */
  async #seen(agent: Agent | undefined, number: number): Promise<Agent> {
    await this.#follower.reached(number);
    if (agent === undefined) throw new TypeError('A change is one of an agent.');
    const seen = this.view.entry(referenceOf(agent))?.record.agent;
    return seen?.revision === agent.revision ? seen : agent;
  }

  #heard(reference: AgentReference, askedAt: number): void {
    const entry = this.view.entry(reference);
    if (entry !== undefined) this.#heartbeats.note(entry, askedAt);
  }

  async #readSecret(): Promise<Uint8Array> {
    const { keys, random } = this.#settings;
    const own = Buffer.from(random.bytes(secretBytes)).toString('base64url');
    try {
      const [known = ''] = await this.#writer.ask(secretScript, [keys.secret], [own], this.#writer.deadline());
      return Buffer.from(known, 'base64url');
    } catch (error) {
      this.#secret = undefined;
      throw error;
    }
  }
}

/** What a plan makes of the agent as it is known here; nothing where that has to be asked for first. */
const changeIn = <Result>(plan: Plan<Result>, known: AgentRecord | undefined): Change<Result> | undefined => {
  try {
    const made = plan.make(known);
    return 'unchanged' in made ? undefined : made;
  } catch {
    // Redis decides, not what was heard here: a moment ago the agent may have become another.
    return undefined;
  }
};
