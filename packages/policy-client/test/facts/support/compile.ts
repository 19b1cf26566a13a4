import { type ConstitutionFile, type JsonValue, ManualClock, manifestSchema } from '@charterbus/core-models';
import { type CompiledFacts, compileFacts, type FactsOptions } from '../../../src/facts/compile-facts.js';
import type { ConstitutionFacts } from '../../../src/facts/constitution-facts.js';
import { readYaml } from '../../../src/source/yaml.js';

export interface Setting extends Partial<FactsOptions> {
  readonly data?: Readonly<Record<string, JsonValue>>;
  /** By slot. */
  readonly slots?: Readonly<Record<string, unknown>>;
  /** Slots as they are. */
  readonly files?: readonly ConstitutionFile[];
}

export const slotFiles = (slots: Readonly<Record<string, unknown>>): readonly ConstitutionFile[] =>
  Object.entries(slots).map(([slot, value]) => ({ path: `${slot}.json`, bytes: Buffer.from(JSON.stringify(value)) }));

/** A manifest that holds nothing but these facts. */
export const manifestOf = (facts: string): string =>
  `format: charterbus.constitution/1\nname: own\nrevision: 1\nengine: cedar\ntests: optional\nfacts:\n${facts}`;

export const compile = (
  text: string,
  { data = {}, slots = {}, files = slotFiles(slots), ...options }: Setting = {},
): CompiledFacts => {
  const parsed = readYaml('manifest.yaml', text, manifestSchema);
  if (parsed.value === undefined) return { problems: parsed.problems };
  const clock = new ManualClock();
  return compileFacts(
    {
      manifest: parsed.value,
      manifestText: { path: 'manifest.yaml', text },
      data: new Map(Object.entries(data).map(([name, value]) => [`data/${name}`, value])),
      slots: files,
    },
    { clock, timers: clock, ...options },
  );
};

/** The facts of a manifest that must be right. */
export const factsOf = (text: string, setting: Setting = {}): ConstitutionFacts => {
  const { facts, problems } = compile(text, setting);
  if (facts === undefined)
    throw new Error(problems.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n'));
  return facts;
};
