import { sha256 } from '@charterbus/core-models';
import type {
  ActionReads,
  EngineAnswer,
  EngineLoad,
  EngineRequest,
  EngineSnapshot,
  PolicyEngine,
  PolicyRecord,
} from '../engine/policy-engine.js';

const recordOf = (id: string, effect: PolicyRecord['effect'], description: string): PolicyRecord =>
  Object.freeze({
    id,
    effect,
    file: 'manifest.yaml',
    line: 1,
    annotations: Object.freeze({ id, description }),
    digest: sha256(`${id}: ${effect}: ${description}`),
    facts: new Set<string>(),
  });

const attested = recordOf(
  'static.attested',
  'permit',
  'Whoever states the constitutional hash may send in its tenant.',
);
const boundary = recordOf('static.boundary', 'forbid', 'Nothing crosses a tenant.');
const records = Object.freeze([attested, boundary]);

const answerOf = (decision: EngineAnswer['decision'], policy: PolicyRecord): EngineAnswer =>
  Object.freeze({ decision, policies: Object.freeze([policy.id]), errors: Object.freeze([]) });
const allowed = answerOf('allow', attested);
const denied = answerOf('deny', boundary);

const readsNothing: ActionReads = Object.freeze({
  context: new Set<never>(),
  facts: new Set<never>(),
});
const atReceive: ActionReads = Object.freeze({
  ...readsNothing,
  recipient: Object.freeze({ attributes: new Set<never>(), named: new Set<never>() }),
});

class StaticSnapshot implements EngineSnapshot {
  readonly policies = records;
  #closed = false;

  reads(action: string): ActionReads {
    return action === 'receive' ? atReceive : readsNothing;
  }

  evaluate({ sender, recipient, tenant }: EngineRequest): EngineAnswer {
    if (this.#closed) throw new TypeError('The snapshot is closed.');
    const inside = sender.tenant === tenant && (recipient === undefined || recipient.tenant === tenant);
    return inside ? allowed : denied;
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}

/**
 * No policies: whoever states the constitutional hash may send to whoever exists in the same tenant. The bus compares
 * the hash before it asks; so the manifest must require it.
 */
export const staticEngine = (): PolicyEngine => ({
  kind: 'static',
  capabilities: { pure: true, synchronous: true },
  async load({ manifest }, _actions, signal): Promise<EngineLoad> {
    signal.throwIfAborted();
    if (manifest.attestation === 'required') return { snapshot: new StaticSnapshot(), problems: [] };
    const message = 'attestation: must be required where the engine static rests on nothing else.';
    return { problems: [{ file: 'manifest.yaml', message }] };
  },
});
