import type { ConstitutionFile, EngineManifest, SingleEngineManifest } from '@charterbus/core-models';
import { wasmFile } from './file-rules.js';
import type { ConstitutionProblem } from './problem.js';

type FileKind = 'cedar' | 'rego' | 'wasm';

/** What an engine reads of the constitution's policies. */
const readBy = (engine: SingleEngineManifest): readonly FileKind[] => {
  switch (engine.kind) {
    case 'cedar':
      return ['cedar'];
    case 'opa-wasm':
      return ['rego', 'wasm'];
    case 'opa':
      // The sources of what the server runs; only a revision that every answer states makes them that.
      return engine.bundle === undefined ? [] : ['rego'];
    default:
      return [];
  }
};

const kindOf = (path: string): FileKind | undefined => {
  if (path === wasmFile) return 'wasm';
  if (path.endsWith('.cedarschema') || (path.startsWith('policies/') && path.endsWith('.cedar'))) return 'cedar';
  return path.startsWith('policies/') && path.endsWith('.rego') ? 'rego' : undefined;
};

const needs: Readonly<Record<FileKind, string>> = {
  cedar: 'the engine cedar',
  rego: 'the engine opa-wasm, or opa with a bundle of a stated revision',
  wasm: 'the engine opa-wasm',
};

/** What decides is a module, or a server, that all variants share. */
const isRegoOfVariant = (path: string): boolean => path.startsWith('variants/') && path.endsWith('.rego');

/** A policy that no engine of the constitution reads would silently not be in force. */
export const engineFileProblems = (
  engine: EngineManifest,
  files: readonly ConstitutionFile[],
): readonly ConstitutionProblem[] => {
  const engines = engine.kind === 'composite' ? Object.values(engine.members) : [engine];
  const read = new Set(engines.flatMap(readBy));
  return files.flatMap(({ path }) => {
    if (isRegoOfVariant(path))
      return [{ file: path, message: 'would not be in force: variants cannot have Rego of their own.' }];
    const kind = kindOf(path);
    if (kind === undefined || read.has(kind)) return [];
    return [
      { file: path, message: `would not be in force: it belongs to ${needs[kind]}, which the manifest does not name.` },
    ];
  });
};
