import type { Clock, ConstitutionManifest } from '@charterbus/core-models';
import type {
  ActionReads,
  Actions,
  EngineAnswer,
  EngineCapabilities,
  EngineRequest,
  EngineSnapshot,
  PolicyRecord,
} from '../engine/policy-engine.js';
import { readAnswer } from '../engine/read-answer.js';
import { isThenable } from '../judgement/ask.js';
import { DecisionCache, noCounts } from './decision-cache.js';
import { Flights } from './flights.js';
import { type KeyFields, keyFields } from './key-fields.js';
import { KeyMemo } from './key-memo.js';
import { projectRequest } from './project-request.js';
import { keyOf } from './request-key.js';
import { TimeBuckets } from './time-buckets.js';

/** What became of the questions to one engine so far, and how many answers are kept now. */
export interface CacheCounts {
  /** Answered by what was remembered. */
  readonly hits: number;
  /** Not remembered, so that the engine was asked. */
  readonly misses: number;
  /** Of the misses, those that were remembered and had come to the end of their life. */
  readonly stale: number;
  /** Answered together with another question that was under way. */
  readonly joined: number;
  /** Asked without being remembered: answers that depend on a time which does not repeat, and too long keys. */
  readonly passed: number;
  /** Answers that went so that others could be kept. */
  readonly evictions: number;
  readonly entries: number;
}

/** Those of several caches together; nothing of none. */
export const addCounts = (all: readonly CacheCounts[]): CacheCounts | undefined => {
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  return others.reduce(
    (sum, counts) => ({
      hits: sum.hits + counts.hits,
      misses: sum.misses + counts.misses,
      stale: sum.stale + counts.stale,
      joined: sum.joined + counts.joined,
      passed: sum.passed + counts.passed,
      evictions: sum.evictions + counts.evictions,
      entries: sum.entries + counts.entries,
    }),
    first,
  );
};

export interface CachedSnapshotOptions {
  readonly actions: Actions;
  readonly manifest: Pick<ConstitutionManifest, 'cache' | 'clock'>;
  readonly clock: Clock;
  /** The engine answers at once, and heeds no signal. */
  readonly synchronous: boolean;
}

/** How long answers live, in milliseconds. */
const livesOf = ({ seconds, denySeconds = Math.min(60, seconds) }: ConstitutionManifest['cache']) => ({
  allow: seconds * 1000,
  deny: Math.min(seconds, denySeconds) * 1000,
});

/** A question, and when it was asked. */
interface Question {
  readonly key: string;
  readonly request: EngineRequest;
  readonly fields: KeyFields;
  readonly asked: number;
  readonly wall: number;
}

/**
 * Remembers the answers of a pure engine. Sound before fast:
 *
 * - The cache belongs to one snapshot, hence to one engine, constitution and data version, and ends with it; an answer that
 *   comes after the end is not kept.
 * - The engine is handed a copy of the request that holds the fields of the key and nothing else, and the key is made of
 *   that copy.
 * - Only whole answers without errors are kept that name policies of this snapshot; denials no longer than allows.
 * - What depends on the time is kept only where the time repeats, to the end of its bucket.
 */
export class CachedSnapshot implements EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  readonly #snapshot: EngineSnapshot;
  readonly #options: CachedSnapshotOptions;
  /** By action. */
  readonly #fields: ReadonlyMap<string, KeyFields>;
  readonly #effects: ReadonlyMap<string, PolicyRecord['effect']>;
  readonly #lives: ReturnType<typeof livesOf>;
  readonly #buckets: TimeBuckets;
  readonly #memo: KeyMemo;
  readonly #flights = new Flights();
  /** Absent where the manifest wants nothing remembered, and after `close`. */
  #cache: DecisionCache | undefined;
  #ended = noCounts;
  /** What `recall` did not find, for `evaluate` in the same turn. */
  #written: { readonly request: EngineRequest; readonly key: string } | undefined;
  #misses = 0;
  #joined = 0;
  #passed = 0;

  constructor(snapshot: EngineSnapshot, options: CachedSnapshotOptions) {
    const { actions, manifest, clock } = options;
    this.policies = snapshot.policies;
    this.#snapshot = snapshot;
    this.#options = options;
    this.#effects = new Map(snapshot.policies.map(({ id, effect }) => [id, effect]));
    this.#fields = new Map(
      [...actions.values()].map((action) => [action.name, keyFields(action, snapshot.reads?.(action.name))]),
    );
    this.#lives = livesOf(manifest.cache);
    this.#buckets = new TimeBuckets(manifest);
    const { entries, tenantShare } = manifest.cache;
    this.#memo = new KeyMemo(2 * entries);
    const monotonic = () => clock.monotonic();
    this.#cache = entries > 0 ? new DecisionCache({ entries, tenantShare, monotonic }) : undefined;
  }

  get counts(): CacheCounts {
    const kept = this.#cache?.counts ?? this.#ended;
    return { ...kept, misses: this.#misses, joined: this.#joined, passed: this.#passed };
  }

  reads(action: string): ActionReads | undefined {
    return this.#snapshot.reads?.(action);
  }

  /** The key of a request whose answer is kept now; nothing of others. */
  keyOfKept(request: EngineRequest): string | undefined {
    const fields = this.#fields.get(request.action);
    const key = fields && (this.#memo.find(request, fields) ?? keyOf(request, fields));
    return key !== undefined && this.#cache?.has(key) === true ? key : undefined;
  }

  /** The answer under a key, where it is still kept. */
  find(key: string): EngineAnswer | undefined {
    return this.#cache?.find(key);
  }

  /** The answer that is remembered, deeply frozen and always the same object, without asking anybody. */
  recall(request: EngineRequest): EngineAnswer | undefined {
    const cache = this.#cache;
    const fields = this.#fields.get(request.action);
    if (cache === undefined || fields === undefined || (fields.now && !this.#buckets.repeat)) return undefined;
    const known = this.#memo.find(request, fields);
    if (known !== undefined) return cache.find(known);
    const key = keyOf(request, fields);
    this.#written = key === undefined ? undefined : { request, key };
    const answer = key === undefined ? undefined : cache.find(key);
    // What was asked twice will be asked again; the first time it would only cost.
    if (key !== undefined && answer !== undefined) this.#memo.add(request, fields, key);
    return answer;
  }

  evaluate(request: EngineRequest, signal: AbortSignal): unknown {
    const fields = this.#fields.get(request.action);
    if (fields === undefined) return this.#snapshot.evaluate(request, signal);
    const projected = projectRequest(request, fields);
    const repeats = this.#cache !== undefined && (!fields.now || this.#buckets.repeat);
    const key = repeats ? this.#keyOf(request, projected, fields) : undefined;
    if (key === undefined) {
      this.#passed += 1;
      return this.#snapshot.evaluate(projected, signal);
    }
    const known = this.#cache?.find(key);
    if (known !== undefined) return known;
    const joined = this.#flights.join(key, signal);
    if (joined !== undefined) {
      this.#joined += 1;
      return joined;
    }
    const { clock } = this.#options;
    return this.#ask({ key, request: projected, fields, asked: clock.monotonic(), wall: clock.now() }, signal);
  }

  /** The same engine, handed the same, with nothing remembered or counted: for worlds that only a test lives in. */
  forgetful(): EngineSnapshot {
    const evaluate: EngineSnapshot['evaluate'] = (request, signal) => {
      const fields = this.#fields.get(request.action);
      return this.#snapshot.evaluate(fields === undefined ? request : projectRequest(request, fields), signal);
    };
    return { policies: this.policies, reads: (action) => this.reads(action), evaluate, close: () => this.close() };
  }

  close(): Promise<void> {
    if (this.#cache !== undefined) this.#ended = { ...this.#cache.counts, entries: 0 };
    this.#cache?.clear();
    this.#cache = undefined;
    return this.#snapshot.close();
  }

  /** Of the copy that the engine is handed, unless `recall` has just written it of the same request. */
  #keyOf(request: EngineRequest, projected: EngineRequest, fields: KeyFields): string | undefined {
    const written = this.#written;
    this.#written = undefined;
    return written?.request === request ? written.key : keyOf(projected, fields);
  }

  #ask(question: Question, signal: AbortSignal): unknown {
    this.#misses += 1;
    if (this.#options.synchronous) {
      const answer = this.#snapshot.evaluate(question.request, signal);
      return isThenable(answer) ? answer : this.#keep(question, answer);
    }
    const stop = new AbortController();
    const answer = this.#snapshot.evaluate(question.request, stop.signal);
    if (!isThenable(answer)) return this.#keep(question, answer);
    const kept = Promise.resolve(answer).then((answered) =>
      stop.signal.aborted ? answered : this.#keep(question, answered),
    );
    return this.#flights.begin(question.key, kept, stop, signal);
  }

  /** The answer to be given: where it can be kept, a frozen copy. */
  #keep(question: Question, answer: unknown): unknown {
    const whole = readAnswer(answer);
    if (whole === undefined || !this.#keeps(whole)) return answer;
    const { key, request, fields, asked, wall } = question;
    const life = Math.min(
      this.#lives[whole.decision],
      fields.now ? this.#buckets.left(request.context.now, wall) : Number.POSITIVE_INFINITY,
    );
    this.#cache?.keep({ key, tenant: request.sender.tenant, answer: whole, until: asked + life });
    return whole;
  }

  /** Not what the wrapper would take for a fault: errors, no policy for an allow, policies of the wrong effect or of nobody. */
  #keeps({ decision, policies, errors }: EngineAnswer): boolean {
    if (errors.length > 0 || (decision === 'allow' && policies.length === 0)) return false;
    const wrong = decision === 'allow' ? 'forbid' : 'permit';
    return policies.every((id) => this.#effects.has(id) && this.#effects.get(id) !== wrong);
  }
}

/**
 * The snapshot behind a cache, where equal requests get equal answers. An engine that cannot say what it reads may read the
 * time: where that does not repeat, nothing could ever be kept, and copying requests would be all that a cache does.
 */
export const cached = (
  snapshot: EngineSnapshot,
  { pure, synchronous }: EngineCapabilities,
  options: Omit<CachedSnapshotOptions, 'synchronous'>,
): EngineSnapshot =>
  pure && (snapshot.reads !== undefined || new TimeBuckets(options.manifest).repeat)
    ? new CachedSnapshot(snapshot, { ...options, synchronous })
    : snapshot;

/** The same engine without a cache, should there be one. */
export const forgetful = (snapshot: EngineSnapshot): EngineSnapshot =>
  snapshot instanceof CachedSnapshot ? snapshot.forgetful() : snapshot;
