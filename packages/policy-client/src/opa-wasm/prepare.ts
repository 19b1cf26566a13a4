import { sha256 } from '@charterbus/core-models';
import { type RuleRecords, regoDigest, ruleRecords } from '../rego/rule-records.js';
import { wasmFile } from '../source/file-rules.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { ConstitutionSources } from '../source/read-sources.js';
import { dataDocuments } from './data-documents.js';
import { asError, type InstanceParts, newWasmInstance, requiredBuiltins } from './instances.js';
import type { WasmPolicy } from './sdk.js';
import { sdkName, type WasmSdk } from './sdk.js';
import { stampOf } from './stamp.js';
import { type WasmModule, webAssembly } from './web-assembly.js';

/**
 * What a module may have the host do. All else is refused: the clock, chance and the network, since answers would not
 * follow from the request; JavaScript's regular expressions, which a message could keep busy; and what the SDK lacks,
 * which would fail only when it is called.
 */
const allowedBuiltins: ReadonlySet<string> = new Set(['json.is_valid', 'sprintf']);

/** All that is needed in order to judge. */
export interface ReadyPolicy {
  readonly parts: InstanceParts;
  /** The first instance. */
  readonly policy: WasmPolicy;
  readonly rule: string;
  readonly entrypoint: number;
  readonly records: RuleRecords;
}

export type Prepared =
  | { readonly ready: ReadyPolicy; readonly problems: readonly [] }
  | { readonly ready?: never; readonly problems: readonly ConstitutionProblem[] };

const about = (message: string): readonly ConstitutionProblem[] => [{ file: wasmFile, message }];

/** What the SDK calls, or says aloud that it misses. */
const requiredExports = [
  'builtins',
  'entrypoints',
  'opa_eval',
  'opa_json_dump',
  'opa_json_parse',
  'opa_malloc',
  'opa_wasm_abi_minor_version',
  'opa_wasm_abi_version',
];

const compile = async (wasm: Uint8Array): Promise<WasmModule | string> => {
  let module: WasmModule;
  try {
    module = await webAssembly.compile(wasm);
  } catch {
    return 'is not a WebAssembly module.';
  }
  const names = new Set(webAssembly.Module.exports(module).map(({ name }) => name));
  return requiredExports.every((name) => names.has(name)) ? module : 'is not a policy that OPA compiled.';
};

/** What is wrong with an instance for this rule. */
const instanceProblems = (policy: WasmPolicy, rule: string): readonly ConstitutionProblem[] => {
  const refused = requiredBuiltins(policy).filter((name) => !allowedBuiltins.has(name));
  const problems = refused.map((name) => about(`calls ${name}, which is not allowed in compiled policies.`));
  // The SDK would run the first entrypoint in place of one that is missing.
  if (Object.hasOwn(policy.entrypoints, rule)) return problems.flat();
  const found = Object.keys(policy.entrypoints).toSorted().join(', ');
  return [...problems.flat(), ...about(`has no entrypoint ${rule}; it has ${found === '' ? 'none' : found}.`)];
};

const stampProblems = (module: WasmModule, { rego }: ConstitutionSources): readonly ConstitutionProblem[] => {
  const stamp = stampOf(module);
  return stamp === undefined || stamp === regoDigest(rego)
    ? []
    : about('was compiled from other sources than those in policies/: compile them again.');
};

const instantiate = (parts: InstanceParts): WasmPolicy | string => {
  try {
    return newWasmInstance(parts);
  } catch (error) {
    return asError(error).message;
  }
};

const withModule = (sdk: WasmSdk, module: WasmModule, sources: ConstitutionSources, rule: string): Prepared => {
  const { documents, problems: inData } = dataDocuments(sources);
  const basis = { wasm: sha256(sources.wasm ?? '') };
  const records = ruleRecords({ rule, rego: sources.rego, basis, file: wasmFile });
  const early = [...records.problems, ...inData, ...stampProblems(module, sources)];
  if (early.length > 0) return { problems: early };
  const parts = { sdk, module, documents };
  const policy = instantiate(parts);
  if (typeof policy === 'string') return { problems: about(`cannot be started: ${policy}`) };
  const problems = instanceProblems(policy, rule);
  const entrypoint = policy.entrypoints[rule];
  if (problems.length > 0 || entrypoint === undefined) return { problems };
  return { ready: { parts, policy, rule, entrypoint, records }, problems: [] };
};

/** Checks and starts the compiled policy of a constitution. */
export const prepare = async (
  importSdk: () => Promise<WasmSdk>,
  sources: ConstitutionSources,
  rule: string,
): Promise<Prepared> => {
  if (sources.wasm === undefined)
    return { problems: about(`is missing: opa build -t wasm -e ${rule} policies/ makes a bundle with it.`) };
  const module = await compile(sources.wasm);
  if (typeof module === 'string') return { problems: about(module) };
  let sdk: WasmSdk;
  try {
    sdk = await importSdk();
  } catch {
    const message = `engine: opa-wasm needs the package ${sdkName}, which is not installed.`;
    return { problems: [{ file: 'manifest.yaml', message }] };
  }
  return withModule(sdk, module, sources, rule);
};
