import type { Clock, FactsManifest, Timers } from '@charterbus/core-models';
import { type BreakerSource, Bulkhead, type CircuitBreaker } from '@charterbus/recovery';
import { LRUCache } from 'lru-cache';
import type { Load } from '../types/load-value.js';
import { Wrong } from '../types/wrong.js';
import { NoAnswer } from './no-answer.js';
import type { ProviderAnswer, ProviderClient, Question } from './provider-client.js';
import type { Transport } from './transport.js';
import { unlessAborted } from './unless-aborted.js';

type ProviderManifest = FactsManifest['providers'][string];

export interface ProviderParts {
  readonly name: string;
  readonly manifest: Pick<ProviderManifest, 'deadlineMilliseconds' | 'cacheSeconds' | 'breaker'>;
  /** Loads an answer. */
  readonly load: Load;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Where its breaker is made, as `provider:` and the name. */
  readonly breakers: BreakerSource;
}

/** Questions that one provider is asked at a time, and those that wait, within their deadlines, for their turn. */
const concurrency = { concurrent: 16, queued: 256 };
/** What is remembered of one provider at most. */
const memory = { answers: 10_000, bytes: 16 * 1024 * 1024 };

type Answers = LRUCache<string, { readonly value: unknown }>;

const memoryOf = ({ manifest, clock }: ProviderParts): Answers | undefined =>
  manifest.cacheSeconds === 0
    ? undefined
    : new LRUCache({
        max: memory.answers,
        maxSize: memory.bytes,
        ttl: manifest.cacheSeconds * 1000,
        // No timer of its own, and never 0, which it takes for no time at all.
        ttlResolution: 0,
        perf: { now: () => clock.monotonic() + 1 },
      });

/**
 * Asks a provider within its deadline, each question at most once at a time, and not at all while it keeps failing.
 * Failures are never remembered.
 */
export class GuardedProvider implements ProviderClient {
  readonly #parts: ProviderParts;
  readonly #answers: Answers | undefined;
  readonly #asked = new Map<string, Promise<ProviderAnswer>>();
  readonly #bulkhead: Bulkhead;
  readonly #breaker: CircuitBreaker;

  constructor(parts: ProviderParts) {
    const { failures, openSeconds } = parts.manifest.breaker;
    this.#parts = parts;
    this.#answers = memoryOf(parts);
    const name = `provider:${parts.name}`;
    this.#bulkhead = new Bulkhead({ name, ...concurrency });
    this.#breaker = parts.breakers.named(name, { failures, openMs: openSeconds * 1000 });
  }

  ask(question: Question, signal: AbortSignal): ProviderAnswer | Promise<ProviderAnswer> {
    const known = this.#answers?.get(question.text);
    if (known !== undefined) return known;
    if (signal.aborted) return Promise.resolve({ failure: { cause: signal.reason as unknown } });
    const asked = this.#asked.get(question.text) ?? this.#start(question);
    return unlessAborted(asked, signal).catch((cause: unknown) => ({ failure: { cause } }));
  }

  /** Asks on behalf of all who have the same question: that one of them goes is nothing to the others. */
  #start(question: Question): Promise<ProviderAnswer> {
    const { name, timers, manifest } = this.#parts;
    const stop = new AbortController();
    const tooLate = new NoAnswer(`The provider ${name} did not answer in time.`);
    const timer = timers.after(manifest.deadlineMilliseconds, () => stop.abort(tooLate));
    // Later, since whoever is asked may have facts gathered itself: no evaluation can be inside of another.
    const later = Promise.resolve().then(() => this.#answer(question, stop.signal));
    const asked = later.finally(() => {
      timer[Symbol.dispose]();
      this.#asked.delete(question.text);
    });
    this.#asked.set(question.text, asked);
    return asked;
  }

  async #answer(question: Question, signal: AbortSignal): Promise<ProviderAnswer> {
    const attempt = () => unlessAborted(this.#attempt(question, signal), signal);
    try {
      return await unlessAborted(
        this.#bulkhead.execute(() => this.#breaker.execute(attempt), signal),
        signal,
      );
    } catch (cause) {
      return { failure: { cause } };
    }
  }

  /** An answer of another type is as good as none, for the breaker too. */
  async #attempt({ operands, text }: Question, signal: AbortSignal): Promise<ProviderAnswer> {
    const { name, transport, load } = this.#parts;
    const { value: raw, bytes } = await transport(operands, signal);
    const value = load(raw);
    if (value instanceof Wrong) throw new NoAnswer(value.about(`The answer of the provider ${name}`));
    const answer = { value };
    this.#answers?.set(text, answer, { size: Math.max(bytes, 1) + text.length });
    return answer;
  }
}
