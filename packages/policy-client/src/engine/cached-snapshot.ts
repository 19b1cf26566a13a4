import { LRUCache } from 'lru-cache';
import type {
  ActionReads,
  Actions,
  AgentView,
  ContextView,
  EngineAnswer,
  EngineRequest,
  EngineSnapshot,
  PolicyRecord,
} from './policy-engine.js';
import { readAnswer } from './read-answer.js';

/** Answers kept for one constitution, and the longest key (UTF-16 code units) under which one is kept: some megabytes. */
const mostAnswers = 10_000;
const longestKey = 2_048;

const agentKey = (agent: AgentView | undefined) =>
  agent === undefined ? null : [agent.tenant, agent.id, agent.role ?? null, agent.capabilities];

/** What answers about one action are remembered by. */
interface KeyFields {
  readonly context: readonly (keyof ContextView)[];
  readonly facts: readonly string[];
}

const factOf = (facts: EngineRequest['facts'], name: string) => (Object.hasOwn(facts, name) ? facts[name] : null);

/** JSON tells every two different lists apart, and no fact is `null`. */
const keyOf = (
  { point, action, sender, recipient, tenant, context, facts }: EngineRequest,
  fields: KeyFields,
): string =>
  JSON.stringify([
    point,
    action,
    tenant,
    agentKey(sender),
    agentKey(recipient),
    fields.context.map((field) => context[field]),
    fields.facts.map((name) => factOf(facts, name)),
  ]);

/**
 * Remembers the answers of a pure engine, by action and by everything that the policies about it may read. Sound before
 * fast: the cache is part of the snapshot and ends with it; only whole, error-free answers are kept; where an answer may
 * depend on the time, the engine is always asked.
 */
export class CachedSnapshot implements EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  readonly #snapshot: EngineSnapshot;
  /** By action; `undefined` where answers are not remembered. */
  readonly #fields = new Map<string, KeyFields | undefined>();
  readonly #answers = new LRUCache<string, EngineAnswer>({ max: mostAnswers });
  #closed = false;

  constructor(snapshot: EngineSnapshot, actions: Iterable<string>) {
    this.policies = snapshot.policies;
    this.#snapshot = snapshot;
    for (const action of actions) {
      const reads = snapshot.reads?.(action);
      if (reads === undefined || reads.context.has('now')) continue;
      this.#fields.set(action, { context: [...reads.context].toSorted(), facts: [...reads.facts].toSorted() });
    }
  }

  reads(action: string): ActionReads | undefined {
    return this.#snapshot.reads?.(action);
  }

  evaluate(request: EngineRequest, signal: AbortSignal): unknown {
    const fields = this.#closed ? undefined : this.#fields.get(request.action);
    const key = fields === undefined ? undefined : keyOf(request, fields);
    if (key === undefined || key.length > longestKey) return this.#snapshot.evaluate(request, signal);
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
}

/** The snapshot behind a cache, where it is pure and says what it reads. */
export const cached = (snapshot: EngineSnapshot, pure: boolean, actions: Actions): EngineSnapshot =>
  pure && snapshot.reads !== undefined ? new CachedSnapshot(snapshot, actions.keys()) : snapshot;
