import { ConfigurationError, type Message, type Timers } from '@charterbus/core-models';
import { readFindings, type ScreenFinding, screenRejection } from './findings.js';
import { quietReadings, type Readings, readingsOf } from './readings.js';
import type { Rejection, ValidationContext, Validator } from './validator.js';

export interface ScreenOutcome {
  /** The first rejection; absent when the message may go on to the policies. */
  readonly rejection?: Rejection & { readonly validator: string };
  /** All findings up to the first rejection. */
  readonly findings: readonly ScreenFinding[];
  /** What each validator that was asked made of the message, by its name: for policies. */
  readonly readings: Readings;
}

export interface ScreenOptions {
  /** In the order of asking. Names must differ. */
  readonly validators: readonly Validator[];
  readonly timers: Timers;
  /** How long one validator may take, in milliseconds. */
  readonly deadlineMs?: number;
}

/** Asks each validator in order and stops at the first rejection. Never throws. */
export type Screen = (
  message: Message,
  context: ValidationContext,
  signal: AbortSignal,
) => ScreenOutcome | Promise<ScreenOutcome>;

const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value;

/** What a validator throws may hold parts of the message; the rejection says only who failed. */
const failed = (validator: string): readonly ScreenFinding[] => [
  screenRejection(validator, `The validator ${validator} failed.`),
];

interface Asked {
  readonly name: string;
  readonly answer: PromiseLike<unknown>;
  /** Tells the validator to stop waiting. */
  readonly controller: AbortController;
}

const readAnswer = async (name: string, answer: PromiseLike<unknown>): Promise<readonly ScreenFinding[]> => {
  try {
    return readFindings(name, await answer);
  } catch {
    return failed(name);
  }
};

/** Settles with the answer, or with a rejection when the deadline or the caller's signal comes first. */
const awaitAnswer = async (
  { name, answer, controller }: Asked,
  timers: Timers,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<readonly ScreenFinding[]> => {
  const { promise, resolve } = Promise.withResolvers<readonly ScreenFinding[]>();
  const stop = (text: string): void => {
    resolve([screenRejection(name, text)]);
    controller.abort();
  };
  const onAbort = (): void => stop(`The caller aborted while the validator ${name} was asked.`);
  signal.addEventListener('abort', onAbort, { once: true });
  let timer: Disposable | undefined;
  try {
    timer = timers.after(deadlineMs, () => stop(`The validator ${name} did not answer in time.`));
    return await Promise.race([readAnswer(name, answer), promise]);
  } catch {
    return failed(name);
  } finally {
    timer?.[Symbol.dispose]();
    signal.removeEventListener('abort', onAbort);
  }
};

/** Validators may share a context, but not speak through it. */
const seal = ({ now, sender, attestation, signatures }: ValidationContext): ValidationContext => {
  const sealed = Object.isFrozen(attestation) ? attestation : Object.freeze({ ...attestation });
  if (signatures === undefined) return Object.freeze({ now, sender, attestation: sealed });
  return Object.freeze({ now, sender, attestation: sealed, signatures: Object.freeze({ ...signatures }) });
};

const isRejection = (finding: ScreenFinding): finding is Rejection & { readonly validator: string } =>
  finding.kind === 'rejection';

const neverAborted = new AbortController().signal;

const checkOrder = (validators: readonly Validator[]): void => {
  const before = new Set<string>();
  for (const { name, after } of validators) {
    if (after !== undefined && !before.has(after)) {
      throw new ConfigurationError('CONFIGURATION_INVALID', `The validator ${name} must come after ${after}.`);
    }
    before.add(name);
  }
};

const checkOptions = ({ validators, deadlineMs }: ScreenOptions): void => {
  if (new Set(validators.map(({ name }) => name)).size !== validators.length) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'Validators must have different names.');
  }
  checkOrder(validators);
  if (deadlineMs !== undefined && !(deadlineMs > 0 && Number.isFinite(deadlineMs))) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'The deadline of a validator must be finite and positive.');
  }
};

interface Named {
  readonly name: string;
  readonly validator: Validator;
}

/** Asks one validator after the other; the outcome is there at once where all of them answer at once. */
class Asking {
  readonly #named: readonly Named[];
  readonly #timers: Timers;
  readonly #deadlineMs: number;
  /** By how many were asked. */
  readonly #quiet: readonly Readings[];

  constructor(named: readonly Named[], timers: Timers, deadlineMs: number) {
    this.#named = named;
    this.#quiet = quietReadings(named.map(({ name }) => name));
    this.#timers = timers;
    this.#deadlineMs = deadlineMs;
  }

  /** @param place of the first that has not been asked. */
  from(
    place: number,
    findings: ScreenFinding[],
    message: Message,
    context: ValidationContext,
    signal: AbortSignal,
  ): ScreenOutcome | Promise<ScreenOutcome> {
    for (let at = place; at < this.#named.length; at++) {
      const answer = this.#ask(this.#named[at], message, context, signal);
      // A wait for each that answers at once would cost more than its check.
      if (answer instanceof Promise) {
        return answer.then(
          (found) => this.#conclude(at, findings, found) ?? this.from(at + 1, findings, message, context, signal),
        );
      }
      const rejected = this.#conclude(at, findings, answer);
      if (rejected !== undefined) return rejected;
    }
    return { findings, readings: this.#readings(this.#named.length, findings) };
  }

  #readings(asked: number, findings: readonly ScreenFinding[]): Readings {
    const quiet = this.#quiet[asked] as Readings;
    return findings.length === 0 ? quiet : readingsOf(quiet, findings);
  }

  /** Takes in what was found; the outcome, where it ends the asking. */
  #conclude(at: number, findings: ScreenFinding[], found: readonly ScreenFinding[]): ScreenOutcome | undefined {
    if (found.length === 0) return undefined;
    findings.push(...found);
    const rejection = found.find(isRejection);
    return rejection && { rejection, findings, readings: this.#readings(at + 1, findings) };
  }

  #ask(
    named: Named | undefined,
    message: Message,
    context: ValidationContext,
    signal: AbortSignal,
  ): readonly ScreenFinding[] | Promise<readonly ScreenFinding[]> {
    if (named === undefined) return [];
    const { name, validator } = named;
    if (signal.aborted) return [screenRejection(name, `The caller aborted before the validator ${name} was asked.`)];
    try {
      if (validator.immediate === true) return readFindings(name, validator.validate(message, context, neverAborted));
      const controller = new AbortController();
      const answer: unknown = validator.validate(message, context, controller.signal);
      return isPromiseLike(answer)
        ? awaitAnswer({ name, answer, controller }, this.#timers, this.#deadlineMs, signal)
        : readFindings(name, answer);
    } catch {
      return failed(name);
    }
  }
}

/**
 * Puts validators in order behind one function that fails closed.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` where two validators have one name, one stands before what it must come
 *   after, or the deadline is none.
 */
export const createScreen = (options: ScreenOptions): Screen => {
  checkOptions(options);
  const { timers, deadlineMs = 1000 } = options;
  const named = options.validators.map((validator) => ({ name: validator.name, validator }));
  const asking = new Asking(named, timers, deadlineMs);
  return (message, context, signal) => asking.from(0, [], message, seal(context), signal);
};
