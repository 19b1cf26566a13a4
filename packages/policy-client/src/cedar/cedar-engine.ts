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
import { authorizationCall, partiesOf } from './authorization-call.js';
import { type CedarInstance, newCedarInstance } from './instance.js';
import { prepare } from './prepare.js';
import { recordOf } from './read-policies.js';
import { authorize, preparse, type ReadyPolicies } from './ready-policies.js';
import { defaultSlicing, ScopedSets, type SlicingOptions } from './scoped-sets.js';
import { translateAnswer } from './translate-answer.js';

export interface CedarEngineOptions {
  /** Makes an instance that shares no state with any other; for tests that need one which fails. */
  readonly newInstance?: () => CedarInstance;
  /** When policies are cut by scope; for tests that cut everything. */
  readonly slicing?: Partial<SlicingOptions>;
}

/** An instance that is ready to judge. */
interface Live {
  readonly instance: CedarInstance;
  readonly scoped: ScopedSets;
}

interface CedarSnapshotParts {
  readonly ready: ReadyPolicies;
  readonly actions: Actions;
  readonly newInstance: () => CedarInstance;
  readonly slicing: SlicingOptions;
}

class CedarSnapshot implements EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  readonly #parts: CedarSnapshotParts;
  /** Absent after a trap, until the next judgement makes a new one, and after `close`. */
  #live: Live | undefined;
  #closed = false;

  constructor(instance: CedarInstance, parts: CedarSnapshotParts) {
    this.#parts = parts;
    this.#live = this.#liveIn(instance);
    this.policies = Object.freeze(parts.ready.policies.map((policy) => recordOf(policy, parts.actions)));
  }

  reads(action: string): ActionReads | undefined {
    return this.#parts.ready.slices.get(action)?.reads;
  }

  evaluate(request: EngineRequest): unknown {
    const slice = this.#parts.ready.slices.get(request.action);
    if (slice === undefined) throw new TypeError('There is no such action.');
    const parties = partiesOf(request);
    const call = authorizationCall(request, slice, parties);
    const { instance, scoped } = this.#living();
    try {
      return translateAnswer(authorize(instance, scoped.nameFor(slice, parties), call));
    } catch (error) {
      // A trap poisons the instance, and what else throws leaves it in a state that nobody vouches for.
      this.#live = undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#live = undefined;
    return Promise.resolve();
  }

  #living(): Live {
    if (this.#closed) throw new TypeError('The snapshot is closed.');
    if (this.#live !== undefined) return this.#live;
    const { newInstance, ready } = this.#parts;
    const instance = newInstance();
    if (preparse(instance, ready).length > 0) throw new TypeError('The policies could not be prepared again.');
    this.#live = this.#liveIn(instance);
    return this.#live;
  }

  #liveIn(instance: CedarInstance): Live {
    return { instance, scoped: new ScopedSets(instance, this.#parts.slicing) };
  }
}

/** The embedded default: Cedar in WebAssembly, one instance for each snapshot. */
export const cedarEngine = ({ newInstance = newCedarInstance, slicing }: CedarEngineOptions = {}): PolicyEngine => ({
  kind: 'cedar',
  capabilities: { pure: true, synchronous: true },
  async load(sources: ConstitutionSources, actions: Actions, signal: AbortSignal): Promise<EngineLoad> {
    signal.throwIfAborted();
    const instance = newInstance();
    const { ready, problems } = prepare(instance, sources, actions);
    if (ready === undefined) return { problems };
    const parts = { ready, actions, newInstance, slicing: { ...defaultSlicing, ...slicing } };
    return { snapshot: new CedarSnapshot(instance, parts), problems: [] };
  },
});
