import { canonicalJson, type Digest, type ScreenReading } from '@charterbus/core-models';
import type { Remembered } from '../conversation.js';
import { FactFault, Suspension } from '../expressions/fault.js';
import { stepsThrough } from '../expressions/steps-of.js';
import type { FactSubject } from '../gathered-facts.js';
import type { ProviderAnswer, Question } from '../providers/provider-client.js';
import { valueJson } from '../types/value-json.js';
import { askScreen, type ScreenAnswer } from './ask-screen.js';
import type { World } from './world.js';

/** Works out the value of a name, when it is first asked for. */
export type Resolver = (scope: Scope) => unknown;

export interface ScopeInputs {
  readonly subject: FactSubject;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly world: World;
  /** The loaded arguments of a call. */
  readonly call?: object;
  readonly signal: AbortSignal;
}

/** A name whose value cannot be had. */
class Failed {
  readonly error: unknown;
  readonly fault: FactFault | undefined;

  constructor(error: unknown, fault: FactFault | undefined) {
    this.error = error;
    this.fault = fault;
  }
}

/** The most steps that are taken for one message, see `Spend`: some 20 ms, and 50 in the slowest cases known. */
const mostSteps = 500_000;

/** The most that providers are asked for one message. */
const mostQuestions = 64;

const settleAll = async <Answer>(answers: Map<string, Answer | Promise<Answer>>): Promise<void> => {
  const waiting = [...answers].filter(([, answer]) => answer instanceof Promise);
  await Promise.all(waiting.map(async ([key, answer]) => answers.set(key, await answer)));
};

/** What names stand for while the facts of one message are gathered: each is worked out at most once. */
export class Scope extends Map<string, unknown> {
  /** The first reason that came up, in the evaluation under way, why a fact cannot be had rather than being absent. */
  fault: FactFault | undefined;
  /** Whether the evaluation under way needs an answer that has yet to come. */
  suspended = false;
  readonly #answers = new Map<string, ProviderAnswer | Promise<ProviderAnswer>>();
  readonly #readings = new Map<string, ScreenAnswer | Promise<ScreenAnswer>>();
  readonly #slots = new Set<string>();
  #steps = 0;
  #spent: FactFault | undefined;

  readonly #resolvers: ReadonlyMap<string, Resolver>;
  readonly inputs: ScopeInputs;

  constructor(resolvers: ReadonlyMap<string, Resolver>, inputs: ScopeInputs) {
    super();
    this.#resolvers = resolvers;
    this.inputs = inputs;
  }

  override get(name: string): unknown {
    const known = super.get(name);
    if (known instanceof Failed) {
      this.fault ??= known.fault;
      throw known.error;
    }
    if (known !== undefined) return known;
    const resolve = this.#resolvers.get(name);
    if (resolve === undefined) return undefined;
    const value = this.#resolve(name, resolve);
    this.set(name, value);
    return value;
  }

  /** @throws FactFault always; what catches it on the way, as `||` may, cannot make the fact look absent. */
  fail(code: FactFault['code'], message: string, cause?: unknown): never {
    const fault = new FactFault(code, message, cause);
    this.fault ??= fault;
    throw fault;
  }

  /** @throws FactFault where the expressions have taken too many steps; from then on always. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps <= mostSteps) return;
    // Made once: what goes on in spite of it, as `exists` may, shall do so fast.
    this.#spent ??= new FactFault('FACT_UNAVAILABLE', 'The facts take too long to work out.');
    this.fault ??= this.#spent;
    throw this.#spent;
  }

  /** What the conversation, if there is one, tells about something. @throws FactFault where it cannot be told. */
  read(about: string): Remembered | undefined {
    const { conversation } = this.inputs.subject;
    if (conversation === undefined) return undefined;
    try {
      return conversation.read(about);
    } catch (error) {
      return this.fail('FACT_UNAVAILABLE', 'The conversation cannot be read.', error);
    }
  }

  /** Says that a table was read. */
  usesSlot(slot: string): void {
    this.#slots.add(slot);
  }

  /** The versions of the external data slots that were read. */
  slots(): Readonly<Record<string, Digest>> | undefined {
    if (this.#slots.size === 0) return undefined;
    const { slots } = this.inputs.world;
    return Object.fromEntries([...this.#slots].sort().map((slot) => [slot, slots[slot] ?? '']));
  }

  /**
   * What a provider answers.
   *
   * @throws FactFault where there is no answer, Suspension where it has yet to come.
   */
  ask(provider: string, operands: readonly unknown[]): unknown {
    const question = this.#question(operands);
    const key = `${provider} ${question.text}`;
    const answer = this.#answers.get(key) ?? this.#ask(provider, key, question);
    if (answer instanceof Promise) return this.#suspend();
    if (answer.failure === undefined) return answer.value;
    return this.fail('FACT_UNAVAILABLE', `The provider ${provider} gave no answer.`, answer.failure.cause);
  }

  /**
   * What a screen makes of the message.
   *
   * @throws FactFault where it says nothing, Suspension where it has yet to.
   */
  screened(screen: string): ScreenReading {
    const answer = this.#readings.get(screen) ?? askScreen(screen, this.inputs.subject);
    this.#readings.set(screen, answer);
    if (answer instanceof Promise) return this.#suspend();
    if (answer.failure === undefined) return answer.reading;
    return this.fail('FACT_UNAVAILABLE', `The screen ${screen} gave no reading.`, answer.failure.cause);
  }

  /** Waits for the answers that were asked for. */
  async settle(): Promise<void> {
    await Promise.all([settleAll(this.#answers), settleAll(this.#readings)]);
  }

  #resolve(name: string, resolve: Resolver): unknown {
    const { fault, suspended } = this;
    this.fault = undefined;
    this.suspended = false;
    try {
      return resolve(this);
    } catch (error) {
      // What waits for an answer is worked out again when the answer is there.
      if (!this.suspended) this.set(name, new Failed(error, this.fault));
      throw error;
    } finally {
      this.fault = fault ?? this.fault;
      this.suspended ||= suspended;
    }
  }

  #suspend(): never {
    this.suspended = true;
    throw new Suspension('Somebody has been asked.');
  }

  #ask(provider: string, key: string, question: Question): ProviderAnswer | Promise<ProviderAnswer> {
    if (this.#answers.size >= mostQuestions) {
      this.fail('FACT_UNAVAILABLE', `Providers are asked more than ${mostQuestions} questions.`);
    }
    const { world, signal } = this.inputs;
    const answer = world.providers.get(provider)?.ask(question, signal) ?? {
      failure: { cause: 'There is nobody to ask.' },
    };
    this.#answers.set(key, answer);
    return answer;
  }

  #question(given: readonly unknown[]): Question {
    try {
      this.spend(4 * stepsThrough(given));
      const operands = given.map(valueJson);
      return { operands, text: canonicalJson(operands) };
    } catch (error) {
      return this.fail('FACT_INVALID', 'A provider cannot be asked about this.', error);
    }
  }
}
