import { type ErrorCode, errorCatalogue, type Message, type Timers } from '@charterbus/core-models';
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
export type Screen = (message: Message, context: ValidationContext, signal: AbortSignal) => Promise<ScreenOutcome>;

const rejection = (validator: string, text: string): ScreenFinding => ({
  kind: 'rejection',
  code: 'SCREEN_REJECTED',
  text,
  validator,
});

const isCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(errorCatalogue, code);

/** What a validator answered, taken by its form: anything but a list of findings is a rejection. */
const readFindings = (validator: string, answer: unknown): readonly ScreenFinding[] => {
  if (!Array.isArray(answer)) return [rejection(validator, `The validator ${validator} gave no list of findings.`)];
  return answer.map((finding: Partial<Finding> | null | undefined) => ({
    kind: finding?.kind === 'note' ? 'note' : 'rejection',
    code: isCode(finding?.code) ? finding.code : 'SCREEN_REJECTED',
    text: typeof finding?.text === 'string' ? finding.text : '',
    validator,
  }));
};

const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value;

interface Asked {
  readonly name: string;
  readonly answer: PromiseLike<unknown>;
  /** Tells the validator to stop waiting. */
  readonly controller: AbortController;
}

/** Settles with the answer, or with a rejection when the deadline or the caller's signal comes first. */
const awaitAnswer = async (
  { name, answer, controller }: Asked,
  { timers, deadlineMs = 1000 }: ScreenOptions,
  signal: AbortSignal,
): Promise<readonly ScreenFinding[]> => {
  const { promise, resolve } = Promise.withResolvers<readonly ScreenFinding[]>();
  const stop = (text: string): void => {
    resolve([rejection(name, text)]);
    controller.abort();
  };
  const onAbort = (): void => stop(`The caller aborted while the validator ${name} was asked.`);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = timers.after(deadlineMs, () => stop(`The validator ${name} did not answer in time.`));
  answer.then(
    (value) => resolve(readFindings(name, value)),
    () => resolve([rejection(name, `The validator ${name} failed.`)]),
  );
  try {
    return await promise;
  } finally {
    timer[Symbol.dispose]();
    signal.removeEventListener('abort', onAbort);
  }
};

/** Puts validators in order behind one function that fails closed. */
export const createScreen = (options: ScreenOptions): Screen => {
  const names = options.validators.map((validator) => validator.name);
  if (new Set(names).size !== names.length) throw new TypeError('Validators must have different names.');
  const ask = (
    validator: Validator,
    message: Message,
    context: ValidationContext,
    signal: AbortSignal,
  ): readonly ScreenFinding[] | Promise<readonly ScreenFinding[]> => {
    const controller = new AbortController();
    try {
      const answer: unknown = validator.validate(message, context, controller.signal);
      return isPromiseLike(answer)
        ? awaitAnswer({ name: validator.name, answer, controller }, options, signal)
        : readFindings(validator.name, answer);
    } catch {
      // What a validator throws may hold parts of the message; the rejection says only who failed.
      return [rejection(validator.name, `The validator ${validator.name} failed.`)];
    }
  };
  return async (message, context, signal) => {
    const findings: ScreenFinding[] = [];
    for (const validator of options.validators) {
      const answer = ask(validator, message, context, signal);
      findings.push(...(answer instanceof Promise ? await answer : answer));
      const rejected = findings.find((finding) => finding.kind === 'rejection');
      if (rejected !== undefined) return { rejection: rejected, findings };
    }
    return { findings };
  };
};
