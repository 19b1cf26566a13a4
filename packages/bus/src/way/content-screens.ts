import type { Clock, Message, ScreenReading, Timers } from '@charterbus/core-models';
import type { ScreenReader } from '@charterbus/policy-client';
import {
  createPromptInjectionScreen,
  createScreen,
  personalDataScreen,
  type Screen,
  type ScreenOutcome,
  secretsScreen,
  type ValidationContext,
  type Validator,
} from '@charterbus/validators';
import type { BackendEnvironment } from '../backend.js';
import type { BusOptions } from '../bus-options.js';

/** The content screens that a bus has unless it is given others, made anew. */
export const builtInScreens = (): readonly Validator[] => [
  secretsScreen,
  personalDataScreen,
  createPromptInjectionScreen(),
];

/** How long a content screen may take, in milliseconds: less than a judgement, so that its failure is told as such. */
const defaultScreenMs = 500;

export interface ContentScreensOptions {
  /** Names must differ. */
  readonly screens: readonly Validator[];
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly timers: Timers;
  /** Default 500 milliseconds. */
  readonly deadlineMs?: number;
}

/** A message that facts may want readings of. */
export interface ScreenedMessage {
  readonly message: Message;
  /** Made only where a screen is asked. */
  readonly context: () => ValidationContext;
  /** Aborts what is asked, for all who wait for it. */
  readonly signal: AbortSignal;
}

type Answer = ScreenReading | undefined;

interface Asked {
  answer: Answer | Promise<Answer>;
  /** Of a failure: until when it stands, in milliseconds of the monotonic clock. */
  until?: number;
}

/** How long a failure stands: so long, no other recipient of the message has to wait for the same deadline. */
const failureMs = 1000;

/**
 * Asks content screens about messages, each at most once a message, however many facts, recipients and constitutions want its
 * reading. A screen that rejects, throws, is late or answers rubbish gives none; a second later it may be asked again.
 */
export class ContentScreens {
  readonly #screens: ReadonlyMap<string, Screen>;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By message, then by the screen's name. Goes with the message. */
  readonly #asked = new WeakMap<Message, Map<string, Asked>>();

  /** @throws ConfigurationError `CONFIGURATION_INVALID` where two screens have one name, or the deadline is none. */
  constructor({ screens, clock, timers, deadlineMs = defaultScreenMs }: ContentScreensOptions) {
    // Together only for the check of their names.
    createScreen({ validators: screens, timers, deadlineMs });
    this.#screens = new Map(
      screens.map((screen) => [screen.name, createScreen({ validators: [screen], timers, deadlineMs })]),
    );
    this.#clock = clock;
  }

  get names(): ReadonlySet<string> {
    return new Set(this.#screens.keys());
  }

  /** What facts ask about one message. */
  readerOf(screened: ScreenedMessage): ScreenReader {
    return (screen) => this.#read(screen, screened);
  }

  #read(name: string, screened: ScreenedMessage): Answer | Promise<Answer> {
    const screen = this.#screens.get(name);
    if (screen === undefined) return undefined;
    const { message } = screened;
    const ofMessage = this.#asked.get(message) ?? new Map<string, Asked>();
    const known = ofMessage.get(name);
    if (known !== undefined && !(this.#clock.monotonic() >= (known.until ?? Infinity))) return known.answer;
    const asked = this.#ask(name, screen, screened);
    this.#asked.set(message, ofMessage.set(name, asked));
    return asked.answer;
  }

  #ask(name: string, screen: Screen, { message, context, signal }: ScreenedMessage): Asked {
    const outcome = screen(message, context(), signal);
    const asked: Asked = { answer: undefined };
    const conclude = (came: ScreenOutcome): Answer => {
      const reading = came.rejection === undefined ? came.readings[name] : undefined;
      asked.answer = reading;
      if (reading === undefined) asked.until = this.#clock.monotonic() + failureMs;
      return reading;
    };
    asked.answer = outcome instanceof Promise ? outcome.then(conclude) : conclude(outcome);
    return asked;
  }
}

/** The screens of a bus, by its options. @throws as the constructor does. */
export const contentScreensOf = (
  { screens = builtInScreens(), screenMs = defaultScreenMs }: Pick<BusOptions, 'screens' | 'screenMs'>,
  { clock, timers }: Pick<BackendEnvironment, 'clock' | 'timers'>,
): ContentScreens => new ContentScreens({ screens, clock, timers, deadlineMs: screenMs });
