import { AgentError, StoreError } from '@charterbus/core-models';
import type { RegistryChangeKind } from '../agents.js';
import type { AgentRecord } from '../record/agent-record.js';
import { recordText } from '../record/record-text.js';
import type { RedisRegistrySettings } from './options.js';
import { changeScript, readScript, settleScript } from './scripts.js';
import { recordIfAny } from './stored.js';
import { unavailable, type Writer } from './writer.js';

/** One change that is tried. */
export interface Attempt {
  /** Its own: the version of what it makes. */
  readonly id: string;
  readonly kind: RegistryChangeKind;
  /** `tenant/id` */
  readonly key: string;
  /** The version that it is a change of; empty where there is to be no agent. */
  readonly expected: string;
  /** Nothing where the agent ends. */
  readonly record: AgentRecord | undefined;
  readonly isNarrowing: boolean;
  /** The number of a change that was made before it. */
  readonly since: number;
}

/** What Redis decided: that the change is made; that somebody was faster; or that it never was and never will be. */
export type Decision =
  | { readonly kind: 'kept'; readonly number: number }
  | { readonly kind: 'other'; readonly record: AgentRecord | undefined }
  | { readonly kind: 'lost'; readonly error: unknown };

/** What became of a change. `untraced`: the stream does not reach back to it, and the agent was changed since. */
export type Settled =
  | { readonly kind: 'kept'; readonly number: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'untraced' };

/** How long a change that was given up may still be on its way: more than any network or stopped process takes. */
const refusedForMs = 86_400_000;

const unknown = (key: string, cause: unknown): StoreError =>
  new StoreError(
    'STORE_OUTCOME_UNKNOWN',
    `Redis was lost on the way: whether the agent ${key} was changed is not known; ask again.`,
    { cause, retryAfterMs: 1000 },
  );

/** Changes agents in Redis, and finds out what became of a change whose answer was lost. */
export class Changes {
  readonly #settings: RedisRegistrySettings;
  readonly #writer: Writer;

  constructor(settings: RedisRegistrySettings, writer: Writer) {
    this.#settings = settings;
    this.#writer = writer;
  }

  /** @throws AgentError `AGENT_LIMIT_REACHED`; StoreError `STORE_UNAVAILABLE`, `STORE_OUTCOME_UNKNOWN`. */
  async make(attempt: Attempt, deadline: number): Promise<Decision> {
    const { keys, agents, changesKept } = this.#settings;
    const { id, kind, key, expected, record, isNarrowing } = attempt;
    const text = record === undefined ? '' : recordText(record);
    const outcome = await this.#writer.run(
      changeScript,
      [keys.agents, keys.changes, keys.state, keys.refused(id), keys.leases, keys.expired],
      [key, expected, id, kind, text, String(agents), String(changesKept), isNarrowing ? '1' : ''],
      deadline,
    );
    if (outcome.kind === 'nothing') throw outcome.error;
    if (outcome.kind === 'unknown') {
      const settled = await this.settle(attempt, deadline, outcome.error);
      if (settled.kind === 'untraced') throw unknown(key, outcome.error);
      return settled.kind === 'kept' ? settled : { kind: 'lost', error: outcome.error };
    }
    const [answer, detail] = outcome.answer;
    if (answer === 'kept') return { kind: 'kept', number: Number(detail) };
    if (answer === 'full') {
      throw new AgentError('AGENT_LIMIT_REACHED', `No more than ${agents} agents can be registered.`);
    }
    return { kind: 'other', record: recordIfAny(detail) };
  }

  /** What became of a change; once that is known it stays so. @throws StoreError `STORE_OUTCOME_UNKNOWN` */
  async settle({ id, key, expected, since }: Attempt, deadline: number, lost?: unknown): Promise<Settled> {
    const { keys } = this.#settings;
    const used = [keys.agents, keys.changes, keys.state, keys.refused(id)];
    const values = [key, id, String(since), String(refusedForMs), expected];
    let error = lost;
    do {
      const outcome = await this.#writer.run(settleScript, used, values, deadline);
      if (outcome.kind !== 'answered') {
        error = outcome.error;
        continue;
      }
      const [answer, number] = outcome.answer;
      if (answer === 'kept') return { kind: 'kept', number: Number(number) };
      return { kind: answer === 'refused' ? 'refused' : 'untraced' };
    } while (await this.#writer.again(deadline));
    throw unknown(key, error);
  }

  /** The agent as Redis has it now. @throws StoreError `STORE_UNAVAILABLE` */
  async read(key: string, deadline: number): Promise<AgentRecord | undefined> {
    const [stored] = await this.#writer.ask(readScript, [this.#settings.keys.agents], [key], deadline);
    return recordIfAny(stored);
  }

  /** That a change could not be made in all the time that it had. */
  async again(deadline: number, error: unknown): Promise<void> {
    if (!(await this.#writer.again(deadline))) throw unavailable(error);
  }
}
