import type {
  ActionReads,
  Actions,
  EngineLoad,
  EngineRequest,
  EngineSnapshot,
  PolicyEngine,
  PolicyRecord,
} from '../engine/policy-engine.js';
import type { ConstitutionSources } from '../source/read-sources.js';
import { authorizationCall } from './authorization-call.js';
import { type CedarInstance, newCedarInstance } from './instance.js';
import { prepare } from './prepare.js';
import { recordOf } from './read-policies.js';
import { authorize, preparse, type ReadyPolicies } from './ready-policies.js';
import { translateAnswer } from './translate-answer.js';

export interface CedarEngineOptions {
  /** Makes an instance that shares no state with any other; for tests that need one which fails. */
  readonly newInstance?: () => CedarInstance;
}

class CedarSnapshot implements EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  readonly #ready: ReadyPolicies;
  readonly #newInstance: () => CedarInstance;
  /** Absent after a trap, until the next judgement makes a new one, and after `close`. */
  #instance: CedarInstance | undefined;
  #closed = false;

  constructor(instance: CedarInstance, ready: ReadyPolicies, actions: Actions, newInstance: () => CedarInstance) {
    this.#instance = instance;
    this.#ready = ready;
    this.#newInstance = newInstance;
    this.policies = Object.freeze(ready.policies.map((policy) => recordOf(policy, actions)));
  }

  reads(action: string): ActionReads | undefined {
    return this.#ready.slices.get(action)?.reads;
  }

  evaluate(request: EngineRequest): unknown {
    const slice = this.#ready.slices.get(request.action);
    if (slice === undefined) throw new TypeError('There is no such action.');
    const call = authorizationCall(request, slice);
    const instance = this.#live();
    try {
      return translateAnswer(authorize(instance, slice, call));
    } catch (error) {
      // A trap poisons the instance, and what else throws leaves it in a state that nobody vouches for.
      this.#instance = undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#instance = undefined;
    return Promise.resolve();
  }

  #live(): CedarInstance {
    if (this.#closed) throw new TypeError('The snapshot is closed.');
    if (this.#instance !== undefined) return this.#instance;
    const instance = this.#newInstance();
    if (preparse(instance, this.#ready).length > 0) throw new TypeError('The policies could not be prepared again.');
    this.#instance = instance;
    return instance;
  }
}

/** The embedded default: Cedar in WebAssembly, one instance for each snapshot. */
export const cedarEngine = ({ newInstance = newCedarInstance }: CedarEngineOptions = {}): PolicyEngine => ({
  kind: 'cedar',
  capabilities: { pure: true, synchronous: true },
  async load(sources: ConstitutionSources, actions: Actions, signal: AbortSignal): Promise<EngineLoad> {
    signal.throwIfAborted();
    const instance = newInstance();
    const { ready, problems } = prepare(instance, sources, actions);
    return ready === undefined
      ? { problems }
      : { snapshot: new CedarSnapshot(instance, ready, actions, newInstance), problems: [] };
  },
});
