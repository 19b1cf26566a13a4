import { answeredFields } from '../engine/context-fields.js';
import type {
  ActionReads,
  EngineAnswer,
  EngineLoad,
  EngineRequest,
  EngineSnapshot,
  PolicyEngine,
  PolicyRecord,
} from '../engine/policy-engine.js';
import { decide } from './decide.js';
import { powerRules } from './power-rules.js';
import type { PowersManifest } from './powers.js';

const none: ReadonlySet<string> = new Set();
const atSend: ActionReads = Object.freeze({
  context: new Set(['messageType', ...answeredFields] as const),
  facts: none,
});
const atReceive: ActionReads = Object.freeze({
  context: new Set<never>(),
  facts: none,
  recipient: Object.freeze({ attributes: new Set<never>(), named: none }),
});

class PowersSnapshot implements EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  readonly #declaration: PowersManifest;
  #closed = false;

  constructor(declaration: PowersManifest) {
    this.#declaration = declaration;
    this.policies = powerRules(declaration);
  }

  reads(action: string): ActionReads {
    return action === 'receive' ? atReceive : atSend;
  }

  evaluate(request: EngineRequest): EngineAnswer {
    if (this.#closed) throw new TypeError('The snapshot is closed.');
    return decide(request, this.#declaration);
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}

/**
 * The separation of powers: which power an agent's role is, what each power may do, what a message counts as, and whose
 * work may be validated by whom. Alone it lets pass, within a tenant, what the powers allow; as a member of a composite it
 * can only deny more than the others do.
 */
export const powersEngine = (declaration: PowersManifest): PolicyEngine => ({
  kind: declaration.kind,
  capabilities: { pure: true, synchronous: true },
  async load(_sources, _actions, signal): Promise<EngineLoad> {
    signal.throwIfAborted();
    return { snapshot: new PowersSnapshot(declaration), problems: [] };
  },
});
