import { canonicalJson, type JsonValue, sha256 } from '@charterbus/core-models';
import type { ActionProgram } from '../compile/action-program.js';
import type { FactValue } from '../fact-value.js';
import type { GatheredFacts, WantingFacts } from '../gathered-facts.js';
import { type Evaluation, evaluateFacts, wantingOf } from './evaluate-facts.js';
import { factJson } from './fact-json.js';
import type { Running } from './running.js';
import { Scope, type ScopeInputs } from './scope.js';

export const noValues: Readonly<Record<string, FactValue>> = Object.freeze({});

/** SHA-256 over the canonical JSON (RFC 8785) of facts, in the form that verdicts record. */
export const factsDigest = (values: Readonly<Record<string, FactValue>>): string => {
  const json: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(values)) json[name] = factJson(value);
  return sha256(canonicalJson(json));
};

const digestOfNone = factsDigest({});

const withSlots = (scope: Scope): Pick<GatheredFacts, 'slots'> => {
  const slots = scope.slots();
  return slots === undefined ? {} : { slots };
};

/** One message's facts under way. */
export class Gathering {
  readonly #action: ActionProgram;
  readonly #wanted: ReadonlySet<string>;
  readonly #scope: Scope;
  readonly #running: Running;

  constructor(action: ActionProgram, wanted: ReadonlySet<string>, inputs: ScopeInputs, running: Running) {
    this.#action = action;
    this.#wanted = wanted;
    this.#scope = new Scope(action.resolvers, inputs);
    this.#running = running;
  }

  gather(): GatheredFacts | Promise<GatheredFacts> {
    const evaluation = this.#evaluate();
    return evaluation.waiting.length === 0 ? this.#finish(evaluation) : this.#wait(evaluation);
  }

  #evaluate(): Evaluation {
    return this.#running.during(this.#scope, () => evaluateFacts(this.#action, this.#wanted, this.#scope));
  }

  /** Asks, waits and evaluates again until nothing is open. Ends: each time round there are more answers, of so many. */
  async #wait(first: Evaluation): Promise<GatheredFacts> {
    const { signal } = this.#scope.inputs;
    let evaluation = first;
    while (evaluation.waiting.length > 0) {
      await this.#scope.settle();
      if (signal.aborted) return this.#want({ code: 'POLICY_TIMEOUT', names: evaluation.waiting.sort() });
      evaluation = this.#evaluate();
    }
    return this.#finish(evaluation);
  }

  #finish({ values, missing }: Evaluation): GatheredFacts {
    const wanting = wantingOf(missing);
    if (wanting !== undefined) return this.#want(wanting);
    const { now } = this.#scope.inputs;
    const action = this.#action.declaration.name;
    return { action, now, values, digest: factsDigest(values), ...withSlots(this.#scope) };
  }

  #want(wanting: WantingFacts): GatheredFacts {
    const { now } = this.#scope.inputs;
    const action = this.#action.declaration.name;
    return { action, now, values: noValues, digest: digestOfNone, ...withSlots(this.#scope), wanting };
  }
}
