import { ConfigurationError, type ErrorCode, errorCatalogue, type Message, type Timers } from '@charterbus/core-models';
import type { Finding, ValidationContext, Validator } from './validator.js';

/** A finding together with who found it. */
export interface ScreenFinding extends Finding {
  readonly validator: string;
}

export interface ScreenOutcome {
  /** The first rejection; absent when the message may go on to the policies. */
  readonly rejection?: ScreenFinding;
  /** All findings up to the first rejection. */
  readonly findings: readonly ScreenFinding[];
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

const rejection = (validator: string, text: string): ScreenFinding => ({
  kind: 'rejection',
  code: 'SCREEN_REJECTED',
  text,
  validator,
});

/** More findings than this are a fault of the validator, and a rejection. */
const mostFindings = 100;
const longestText = 1000;

/** A code that can stand on a denial: what is the server's fault is not the sender's. */
const isDenial = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorCatalogue, code) && errorCatalogue[code as ErrorCode].status < 500;

const readFinding = (validator: string, finding: Partial<Record<keyof Finding, unknown>> | null): ScreenFinding => {
  // Each read once, so that a getter cannot answer differently the second time.
  const { kind, code, text } = finding ?? {};
  return {
    kind: kind === 'note' ? 'note' : 'rejection',
    code: isDenial(code) ? code : 'SCREEN_REJECTED',
    text: typeof text === 'string' ? text.slice(0, longestText).toWellFormed() : '',
    validator,
  };
};

const noFindings: readonly ScreenFinding[] = Object.freeze([]);

/** What a validator answered, taken by its form: anything but a list of findings is a rejection. */
const readFindings = (validator: string, answer: unknown): readonly ScreenFinding[] => {
  if (!Array.isArray(answer)) return [rejection(validator, `The validator ${validator} gave no list of findings.`)];
  const { length } = answer;
  if (length === 0) return noFindings;
  if (!(length <= mostFindings)) return [rejection(validator, `The validator ${validator} gave too many findings.`)];
  const findings: ScreenFinding[] = [];
  for (let index = 0; index < length; index++) {
    findings.push(readFinding(validator, answer[index] as Partial<Finding> | null));
  }
  return findings;
};

const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value;

/** What a validator throws may hold parts of the message; the rejection says only who failed. */
const failed = (validator: string): readonly ScreenFinding[] => [
  rejection(validator, `The validator ${validator} failed.`),
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
    resolve([rejection(name, text)]);
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
const seal = ({ now, sender, attestation }: ValidationContext): ValidationContext =>
  Object.freeze({
    now,
    sender,
    attestation: Object.isFrozen(attestation) ? attestation : Object.freeze({ ...attestation }),
  });

/** Takes in what was found; the outcome, where it ends the asking. */
const conclude = (findings: ScreenFinding[], found: readonly ScreenFinding[]): ScreenOutcome | undefined => {
  if (found.length === 0) return undefined;
  findings.push(...found);
  const rejected = found.find(({ kind }) => kind === 'rejection');
  return rejected && { rejection: rejected, findings };
};

const neverAborted = new AbortController().signal;

const checkOptions = ({ validators, deadlineMs }: ScreenOptions): void => {
  if (new Set(validators.map(({ name }) => name)).size !== validators.length) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'Validators must have different names.');
  }
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

  constructor(named: readonly Named[], timers: Timers, deadlineMs: number) {
    this.#named = named;
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
          (found) => conclude(findings, found) ?? this.from(at + 1, findings, message, context, signal),
        );
      }
      const rejected = conclude(findings, answer);
      if (rejected !== undefined) return rejected;
    }
    return { findings };
  }

  #ask(
    named: Named | undefined,
    message: Message,
    context: ValidationContext,
    signal: AbortSignal,
  ): readonly ScreenFinding[] | Promise<readonly ScreenFinding[]> {
    if (named === undefined) return [];
    const { name, validator } = named;
    if (signal.aborted) return [rejection(name, `The caller aborted before the validator ${name} was asked.`)];
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
 * @throws ConfigurationError `CONFIGURATION_INVALID` where two validators have one name, or the deadline is none.
 */
export const createScreen = (options: ScreenOptions): Screen => {
  checkOptions(options);
  const { timers, deadlineMs = 1000 } = options;
  const named = options.validators.map((validator) => ({ name: validator.name, validator }));
  const asking = new Asking(named, timers, deadlineMs);
  return (message, context, signal) => asking.from(0, [], message, seal(context), signal);
};
