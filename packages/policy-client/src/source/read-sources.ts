import {
  type ConstitutionFile,
  type ConstitutionManifest,
  constitutionalHash,
  type Digest,
  freezeJson,
  type JsonValue,
  manifestSchema,
} from '@charterbus/core-models';
import { engineFileProblems } from './engine-files.js';
import { checkFiles, constitutionLimits, wasmFile } from './file-rules.js';
import type { ConstitutionProblem } from './problem.js';
import { type Parsed, readYaml } from './yaml.js';

export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** A constitution's files by their purpose, decoded but, apart from the manifest and the data, not yet understood. */
export interface ConstitutionSources {
  readonly manifest: ConstitutionManifest;
  readonly manifestText: SourceText;
  /** In Cedar. */
  readonly policies: readonly SourceText[];
  readonly rego: readonly SourceText[];
  /** `policy.wasm`: Rego as compiled. */
  readonly wasm?: Uint8Array;
  /** Absent where the schema is to follow from the manifest. */
  readonly schema?: SourceText;
  readonly tests: readonly SourceText[];
  /** By path. Policies see what facts make of it; what none uses is checked and bound all the same. */
  readonly data: ReadonlyMap<string, JsonValue>;
  /** The constitutional hash over `data/` alone; that of no files where there are none. */
  readonly dataVersion: Digest;
}

const decode = (file: ConstitutionFile): Parsed<SourceText> => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.bytes);
    // It is in the hash, so it must not be invisible, and some parsers pass over it.
    if (text.startsWith('\uFEFF'))
      return { problems: [{ file: file.path, message: 'begins with a byte order mark.' }] };
    return { value: { path: file.path, text }, problems: [] };
  } catch {
    return { problems: [{ file: file.path, message: 'is not UTF-8 text.' }] };
  }
};

const readData = (source: SourceText): Parsed<JsonValue> => {
  try {
    const value: unknown = JSON.parse(source.text);
    return { value: freezeJson(value, { depth: 64, bytes: constitutionLimits.fileBytes }), problems: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0]?.slice(0, 200) : '';
    return { problems: [{ file: source.path, message: `is not JSON that every reader takes alike: ${why}` }] };
  }
};

class Collector {
  readonly problems: ConstitutionProblem[] = [];

  take<T>(parsed: Parsed<T>): T | undefined {
    this.problems.push(...parsed.problems);
    return parsed.value;
  }

  decodeAll(files: readonly ConstitutionFile[]): readonly SourceText[] {
    return files.flatMap((file) => this.take(decode(file)) ?? []);
  }

  /** The one file of this path; that there is none is a problem. */
  required(files: readonly ConstitutionFile[], path: string): SourceText | undefined {
    const file = files.find((candidate) => candidate.path === path);
    if (file !== undefined) return this.take(decode(file));
    this.problems.push({ file: path, message: 'is missing.' });
    return undefined;
  }
}

/** Sorts files into what they are for. Every problem is found, not only the first. */
export const readSources = (given: readonly ConstitutionFile[]): Parsed<ConstitutionSources> => {
  const problems = checkFiles(given);
  if (problems.length > 0) return { problems };
  const files = given.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const within = (directory: string, suffix: string) =>
    files.filter((file) => file.path.startsWith(directory) && file.path.endsWith(suffix));
  const collector = new Collector();
  const manifestText = collector.required(files, 'manifest.yaml');
  const manifest = manifestText && collector.take(readYaml(manifestText.path, manifestText.text, manifestSchema));
  const [schema] = collector.decodeAll(files.filter((file) => file.path === 'schema.cedarschema'));
  const policies = collector.decodeAll(within('policies/', '.cedar'));
  const rego = collector.decodeAll(within('policies/', '.rego'));
  const wasm = files.find((file) => file.path === wasmFile)?.bytes;
  const tests = collector.decodeAll(within('tests/', '.yaml'));
  const data = new Map<string, JsonValue>();
  for (const source of collector.decodeAll(within('data/', '.json'))) {
    const value = collector.take(readData(source));
    if (value !== undefined) data.set(source.path, value);
  }
  if (manifest !== undefined) collector.problems.push(...engineFileProblems(manifest.engine, files));
  if (collector.problems.length > 0 || manifestText === undefined || manifest === undefined)
    return { problems: collector.problems };
  const dataVersion = constitutionalHash(files.filter((file) => file.path.startsWith('data/')));
  const optional = { ...(schema === undefined ? {} : { schema }), ...(wasm === undefined ? {} : { wasm }) };
  return { value: { manifest, manifestText, policies, rego, ...optional, tests, data, dataVersion }, problems: [] };
};
