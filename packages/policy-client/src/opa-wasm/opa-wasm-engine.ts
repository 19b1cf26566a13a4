import type { EngineLoad, EngineRequest, EngineSnapshot, PolicyEngine, PolicyRecord } from '../engine/policy-engine.js';
import { decisionInput } from '../rego/decision-input.js';
import { noDecision, readDecision } from '../rego/read-decision.js';
import { asError, newWasmInstance } from './instances.js';
import { prepare, type ReadyPolicy } from './prepare.js';
import { importSdk, type WasmPolicy, type WasmSdk } from './sdk.js';

export interface OpaWasmEngineOptions {
  /** The rule that decides, as the compiler was given it. Default `charterbus/decision`. */
  readonly entrypoint?: string;
  /** Default: the package `@open-policy-agent/opa-wasm`; for tests that need one which fails. */
  readonly importSdk?: () => Promise<WasmSdk>;
}

/** In bytes. A message of the bus comes to less than a kilobyte; evaluation takes time in proportion. */
const largestInput = 256 * 1024;
/** In bytes: an instance that has grown beyond its beginnings is given back. */
const mostGrown = 16 * 2 ** 20;

const encoder = new TextEncoder();

/**
 * As a buffer of exactly its bytes: a text would not be parsed by the SDK, an object it would write itself, and a
 * buffer with more in it would silently be no input at all.
 */
const inputOf = (request: EngineRequest): ArrayBuffer => {
  const bytes = encoder.encode(JSON.stringify(decisionInput(request)));
  if (bytes.length > largestInput) throw new RangeError(`The input is larger than ${largestInput} bytes.`);
  return bytes.buffer.byteLength === bytes.length ? bytes.buffer : bytes.slice().buffer;
};

/** The one result of a result set; what is undefined has none. */
const resultOf = (answer: unknown): { readonly result: unknown } | undefined => {
  if (!Array.isArray(answer) || answer.length !== 1) return undefined;
  const [only] = answer as readonly unknown[];
  return typeof only === 'object' && only !== null && Object.hasOwn(only, 'result')
    ? (only as { readonly result: unknown })
    : undefined;
};

class OpaWasmSnapshot implements EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  readonly #ready: Omit<ReadyPolicy, 'policy'>;
  readonly #grown: number;
  /** Absent after a failure, until the next judgement makes a new one, and after `close`. */
  #policy: WasmPolicy | undefined;
  #closed = false;

  constructor({ policy, ...ready }: ReadyPolicy) {
    this.#ready = ready;
    this.#policy = policy;
    this.#grown = policy.mem.buffer.byteLength + mostGrown;
    this.policies = ready.records.records;
  }

  evaluate(request: EngineRequest): unknown {
    const { entrypoint, rule, records } = this.#ready;
    const input = inputOf(request);
    const policy = this.#live();
    let answer: unknown;
    try {
      answer = policy.evaluate(input, entrypoint);
    } catch (error) {
      // Nobody vouches for an instance that trapped or aborted.
      this.#policy = undefined;
      throw asError(error);
    }
    if (policy.mem.buffer.byteLength > this.#grown) this.#policy = undefined;
    const found = resultOf(answer);
    return found === undefined
      ? noDecision(`${rule} is undefined for this request.`)
      : readDecision(found.result, rule, records.named);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#policy = undefined;
    return Promise.resolve();
  }

  #live(): WasmPolicy {
    if (this.#closed) throw new TypeError('The snapshot is closed.');
    this.#policy ??= newWasmInstance(this.#ready.parts);
    return this.#policy;
  }
}

/** Rego that `opa build -t wasm` compiled to `policy.wasm`, judged in the process. */
export const opaWasmEngine = (options: OpaWasmEngineOptions = {}): PolicyEngine => {
  const { entrypoint = 'charterbus/decision', importSdk: load = importSdk } = options;
  return {
    kind: 'opa-wasm',
    capabilities: { pure: true, synchronous: true },
    async load(sources, _actions, signal): Promise<EngineLoad> {
      signal.throwIfAborted();
      const { ready, problems } = await prepare(load, sources, entrypoint);
      return ready === undefined ? { problems } : { snapshot: new OpaWasmSnapshot(ready), problems: [] };
    },
  };
};
