import { LRUCache } from 'lru-cache';
import type {
  AgentView,
  ContextView,
  EngineAnswer,
  EngineRequest,
  EngineSnapshot,
  PolicyRecord,
} from './policy-engine.js';
import { readAnswer } from './read-answer.js';

/** Answers kept for one constitution: some megabytes. */
const mostAnswers = 10_000;

const agentKey = (agent: AgentView | undefined) =>
  agent === undefined ? null : [agent.tenant, agent.id, agent.role ?? null, agent.capabilities];

/**
 * Remembers the answers of a pure engine, by everything that its policies may read. Sound before fast: the cache is part
 * of the snapshot and ends with it; only whole, error-free answers are kept; a request whose answer may depend on the
 * time is always asked.
 */
export class CachedSnapshot implements EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  readonly #snapshot: EngineSnapshot;
  readonly #fields: readonly (keyof ContextView)[];
  readonly #answers = new LRUCache<string, EngineAnswer>({ max: mostAnswers });
  #closed = false;

  constructor(snapshot: EngineSnapshot, reads: ReadonlySet<keyof ContextView>) {
    this.policies = snapshot.policies;
    this.#snapshot = snapshot;
    this.#fields = [...reads].toSorted();
  }

  evaluate(request: EngineRequest, signal: AbortSignal): unknown {
    if (this.#closed) return this.#snapshot.evaluate(request, signal);
    const key = this.#keyOf(request);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#snapshot.evaluate(request, signal);
    const whole = readAnswer(answer);
    if (whole === undefined || whole.errors.length > 0) return answer;
    this.#answers.set(key, Object.freeze(whole));
    return whole;
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#answers.clear();
    return this.#snapshot.close();
  }

  /** JSON tells every two different lists apart. */
  #keyOf({ point, sender, recipient, tenant, context }: EngineRequest): string {
    return JSON.stringify([
      point,
      tenant,
      agentKey(sender),
      agentKey(recipient),
      this.#fields.map((field) => context[field]),
    ]);
  }
}

/** The snapshot behind a cache, where it is pure, says what it reads, and does not read the time. */
export const cached = (snapshot: EngineSnapshot, pure: boolean): EngineSnapshot =>
  pure && snapshot.contextReads !== undefined && !snapshot.contextReads.has('now')
    ? new CachedSnapshot(snapshot, snapshot.contextReads)
    : snapshot;
