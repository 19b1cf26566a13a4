import { type Clock, ConfigurationError, type Message, type ScreenReading, type Timers } from '@charterbus/core-models';
import { type BreakerPolicy, CircuitBreakers, type Passage } from '@charterbus/recovery';
import { isCategory, isScore } from '../findings.js';
import type { Finding, ValidationContext, Validator } from '../validator.js';

export interface RemoteScreenOptions {
  /** As what policies see its reading. */
  readonly name: string;
  /** Asks the service, and stops when the signal aborts. What it throws, and anything but a reading or a list, is a failure. */
  readonly ask: (
    message: Message,
    context: ValidationContext,
    signal: AbortSignal,
  ) => Promise<ScreenReading | readonly Finding[]>;
  /** How long an answer may take, in milliseconds. Keep it below the deadline of `createScreen`. */
  readonly deadlineMs?: number;
  /** Default: 5 failures in a row, open for 10 seconds. */
  readonly breaker?: BreakerPolicy;
  /** Where its breaker is listed, as `screen:` and its name. Default: nowhere. */
  readonly breakers?: CircuitBreakers;
  /** What follows where there is no answer: a rejection, or a note of the category `screen-unavailable`. */
  readonly mode: 'fail-closed' | 'annotate-only';
  /** The score of that note: 0 unless policies are to take it for more. */
  readonly unavailableScore?: number;
  readonly timers: Timers;
  readonly clock: Clock;
}

const isReading = (answer: unknown): answer is ScreenReading => {
  if (typeof answer !== 'object' || answer === null) return false;
  const { score, categories } = answer as Partial<Record<keyof ScreenReading, unknown>>;
  return isScore(score) && Array.isArray(categories) && categories.length <= 50 && categories.every(isCategory);
};

/** A reading as notes: each category has the score of the whole. */
const notesOf = ({ score, categories }: ScreenReading, name: string): readonly Finding[] => {
  if (score === 0 && categories.length === 0) return [];
  const found = categories.length === 0 ? ['unspecified'] : categories;
  return found.map((category) => ({ kind: 'note', category, score, text: `The screen ${name} found ${category}.` }));
};

const findingsOf = (answer: unknown, name: string): readonly Finding[] | undefined => {
  if (Array.isArray(answer)) return answer as readonly Finding[];
  return isReading(answer) ? notesOf(answer, name) : undefined;
};

const aborted = Symbol('aborted');
const late = Symbol('late');

/** One question, with its deadline. */
const askOnce = async (
  { ask, deadlineMs = 500, timers }: RemoteScreenOptions,
  message: Message,
  context: ValidationContext,
  signal: AbortSignal,
): Promise<unknown> => {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<symbol>();
  const stop = (why: symbol): void => {
    resolve(why);
    controller.abort();
  };
  const onAbort = (): void => stop(aborted);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = timers.after(deadlineMs, () => stop(late));
  try {
    return await Promise.race([ask(message, context, controller.signal), promise]);
  } finally {
    timer[Symbol.dispose]();
    signal.removeEventListener('abort', onAbort);
  }
};

const unavailable = ({ name, mode, unavailableScore = 0 }: RemoteScreenOptions): readonly Finding[] => {
  const text = `The screen ${name} could not be asked.`;
  return mode === 'fail-closed'
    ? [{ kind: 'rejection', code: 'SCREEN_REJECTED', text }]
    : [{ kind: 'note', category: 'screen-unavailable', score: unavailableScore, text }];
};

const checkOptions = ({ deadlineMs = 500, unavailableScore = 0 }: RemoteScreenOptions): void => {
  if (deadlineMs > 0 && Number.isFinite(deadlineMs) && isScore(unavailableScore)) return;
  throw new ConfigurationError(
    'CONFIGURATION_INVALID',
    'A remote screen needs a finite deadline and a score of 0 to 100.',
  );
};

/**
 * A screen that asks a model or a service. An answer that does not come in time, is none or fails counts against the service:
 * after some in a row it is not asked for a while, then by one message at a time until it answers. A caller that aborts counts
 * for nothing.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID`
 */
export const createRemoteScreen = (options: RemoteScreenOptions): Validator => {
  checkOptions(options);
  const { name, clock, timers, breaker = { failures: 5, openMs: 10_000 } } = options;
  const breakers = options.breakers ?? new CircuitBreakers({ clock, timers });
  const circuit = breakers.named(`screen:${name}`, breaker);
  const ask = async (passage: Passage, ...asked: Parameters<Validator['validate']>): Promise<readonly Finding[]> => {
    let answer: unknown;
    try {
      answer = await askOnce(options, ...asked);
    } catch {
      // What it threw may hold parts of the message; that it failed is all there is to say.
      answer = undefined;
    }
    const findings = findingsOf(answer, name);
    const isIgnored = answer === aborted || asked[2].aborted;
    circuit.settle(passage, isIgnored ? 'ignored' : findings === undefined ? 'failure' : 'success');
    return findings ?? unavailable(options);
  };
  return Object.freeze({
    name,
    validate: (message, context, signal) => {
      const passage = circuit.enter();
      return passage === undefined ? unavailable(options) : ask(passage, message, context, signal);
    },
  } satisfies Validator);
};
