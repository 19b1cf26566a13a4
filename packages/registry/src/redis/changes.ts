import { AgentError, StoreError } from '@charterbus/core-models';
import type { AgentRecord } from '../view/agent-view.js';
import type { RedisRegistrySettings } from './options.js';
import { registerScript, settleScript, unregisterScript } from './scripts.js';
import { recordText } from './stored.js';
import { type Outcome, unavailable, Writer } from './writer.js';

/** One registration that is tried. Its id is the revision of its agent, its proof the SHA-256 of its token. */
export interface Attempt {
  /** `tenant/id` */
  readonly key: string;
  readonly record: AgentRecord;
  readonly token: string;
}

/** How long a registration that was given up may still be on its way: more than any network or stopped process takes. */
const refusedForMs = 86_400_000;

const unknown = (what: string, cause: unknown): StoreError =>
  new StoreError('STORE_OUTCOME_UNKNOWN', `Redis was lost on the way: whether ${what} is not known; ask again.`, {
    cause,
    retryAfterMs: 1000,
  });

/** Changes agents in Redis, and finds out what became of a change whose answer was lost. */
export class Changes {
  readonly #settings: RedisRegistrySettings;
  readonly #writer: Writer;

  constructor(settings: RedisRegistrySettings) {
    this.#settings = settings;
    this.#writer = new Writer(settings);
  }

  /** @returns the number of the change. */
  async register(attempt: Attempt): Promise<number> {
    const { keys, agents, changesKept } = this.#settings;
    const { key, record } = attempt;
    const { revision } = record.agent;
    const deadline = this.#writer.deadline();
    const outcome = await this.#writer.run(
      registerScript,
      [keys.agents, keys.changes, keys.state, keys.refused(revision)],
      [key, recordText(record), revision, String(agents), String(changesKept)],
      deadline,
    );
    if (outcome.kind === 'nothing') throw outcome.error;
    if (outcome.kind === 'unknown') {
      const number = await this.#settle(attempt, deadline, outcome.error);
      if (number !== undefined) return number;
      throw unavailable(outcome.error);
    }
    const [answer, number] = outcome.answer;
    if (answer === 'kept') return Number(number);
    if (answer === 'full') {
      throw new AgentError('AGENT_LIMIT_REACHED', `No more than ${agents} agents can be registered.`);
    }
    throw new AgentError('AGENT_ALREADY_REGISTERED', `The agent ${key} is registered already.`);
  }

  /**
   * What became of a registration; once that is known it stays so.
   *
   * @returns the number of the change, nothing where it was not kept.
   */
  settle(attempt: Attempt): Promise<number | undefined> {
    return this.#settle(attempt, this.#writer.deadline(), undefined);
  }

  /**
   * Ends the agent of that revision, or of the one that Redis knows where it is another.
   *
   * @returns the number of a change that a view without the agent has.
   */
  async unregister(key: string, revision: string): Promise<number> {
    const deadline = this.#writer.deadline();
    let target = revision;
    for (;;) {
      const outcome = await this.#remove(key, target, deadline);
      if (outcome.kind === 'nothing') throw outcome.error;
      // No agent has an empty revision: the script may have looked, and changed nothing.
      if (outcome.kind === 'unknown' && target === '') throw unavailable(outcome.error);
      if (outcome.kind === 'unknown') return this.#removed({ key, revision: target, deadline }, outcome.error);
      const [answer, number, current] = outcome.answer;
      if (answer === 'removed') return Number(number);
      if (answer === 'none') throw new AgentError('AGENT_NOT_REGISTERED', `There is no agent ${key}.`);
      target = current ?? '';
    }
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  #remove(key: string, revision: string, deadline: number): Promise<Outcome> {
    const { keys, ids, changesKept } = this.#settings;
    const values = [key, revision, ids.next(), String(changesKept)];
    return this.#writer.run(unregisterScript, [keys.agents, keys.changes, keys.state], values, deadline);
  }

  /** Ends an agent that may have been ended already; that it has another revision, or none, says that it was. */
  async #removed(
    { key, revision, deadline }: { readonly key: string; readonly revision: string; readonly deadline: number },
    lost: unknown,
  ): Promise<number> {
    while (await this.#writer.again(deadline)) {
      const outcome = await this.#remove(key, revision, deadline);
      if (outcome.kind === 'answered') return Number(outcome.answer[1]);
    }
    throw unknown(`the agent ${key} was unregistered`, lost);
  }

  async #settle({ key, record }: Attempt, deadline: number, lost: unknown): Promise<number | undefined> {
    const { keys } = this.#settings;
    const values = [key, record.tokenDigest, String(refusedForMs)];
    let error = lost;
    do {
      const refused = keys.refused(record.agent.revision);
      const outcome = await this.#writer.run(settleScript, [keys.agents, refused], values, deadline);
      if (outcome.kind !== 'answered') {
        error = outcome.error;
        continue;
      }
      const [answer, number] = outcome.answer;
      return answer === 'kept' ? Number(number) : undefined;
    } while (await this.#writer.again(deadline));
    throw unknown(`the agent ${key} was registered`, error);
  }
}
