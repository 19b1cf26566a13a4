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
import { contextReads } from './context-reads.js';
import { type CedarInstance, newCedarInstance } from './instance.js';
import { authorize, prepare, preparse } from './prepare.js';
import { type CedarPolicy, recordOf } from './read-policies.js';
import { translateAnswer } from './translate-answer.js';

export interface CedarEngineOptions {
  /** Makes an instance that shares no state with any other; for tests that need one which fails. */
  readonly newInstance?: () => CedarInstance;
}

class CedarSnapshot implements EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  readonly #reads: ActionReads;
  readonly #sources: ConstitutionSources;
  readonly #prepared: readonly CedarPolicy[];
  readonly #newInstance: () => CedarInstance;
  /** Absent after a trap, until the next judgement makes a new one, and after `close`. */
  #instance: CedarInstance | undefined;
  #closed = false;

  constructor(
    instance: CedarInstance,
    prepared: readonly CedarPolicy[],
    sources: ConstitutionSources,
    newInstance: () => CedarInstance,
  ) {
    this.#instance = instance;
    this.#prepared = prepared;
    this.#sources = sources;
    this.#newInstance = newInstance;
    this.policies = Object.freeze(prepared.map(recordOf));
    this.#reads = { context: contextReads(prepared.map(({ place }) => place.text)), facts: new Set() };
  }

  reads(): ActionReads {
    return this.#reads;
  }

  evaluate(request: EngineRequest): unknown {
    const call = authorizationCall(request);
    const instance = this.#ready();
    try {
      return translateAnswer(authorize(instance, call));
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

  #ready(): CedarInstance {
    if (this.#closed) throw new TypeError('The snapshot is closed.');
    if (this.#instance !== undefined) return this.#instance;
    const instance = this.#newInstance();
    if (preparse(instance, this.#prepared, this.#sources.schema).length > 0) {
      throw new TypeError('The policies could not be prepared again.');
    }
    this.#instance = instance;
    return instance;
  }
}

/** The embedded default: Cedar in WebAssembly, one instance for each snapshot. */
export const cedarEngine = ({ newInstance = newCedarInstance }: CedarEngineOptions = {}): PolicyEngine => ({
  kind: 'cedar',
  capabilities: { pure: true, synchronous: true },
  async load(sources: ConstitutionSources, _actions: Actions, signal: AbortSignal): Promise<EngineLoad> {
    signal.throwIfAborted();
    const instance = newInstance();
    const { policies, problems } = prepare(instance, sources);
    return problems.length > 0
      ? { problems }
      : { snapshot: new CedarSnapshot(instance, policies, sources, newInstance), problems: [] };
  },
});
