import type { JsonValue } from '@charterbus/core-models';
import { stepsThrough } from '../expressions/steps-of.js';
import type { Resolver, Scope } from '../gather/scope.js';
import type { Load } from '../types/load-value.js';
import type { RecordType } from '../types/value-type.js';
import { Wrong } from '../types/wrong.js';
import { callsOf } from './about.js';

export interface CallReading {
  readonly arguments: RecordType;
  /** Loads the arguments of one call. */
  readonly load: Load;
}

const loadCall = (scope: Scope, load: Load, value: JsonValue): unknown => {
  const loaded = load(value);
  return loaded instanceof Wrong ? scope.fail('FACT_INVALID', 'An earlier call is not of its type.') : loaded;
};

const readCalls = (scope: Scope, tool: string, load: Load, longest: number): unknown => {
  const remembered = scope.read(callsOf(tool));
  if (remembered === undefined) return scope.fail('FACT_UNAVAILABLE', 'There is no conversation.');
  if (remembered.overflowed || remembered.values.length > longest) {
    return scope.fail('FACT_UNAVAILABLE', `There were more calls of ${tool} than are kept.`);
  }
  scope.spend(4 * stepsThrough(remembered.values));
  return remembered.values.map((value) => loadCall(scope, load, value));
};

export interface EarlierCalls {
  readonly record: RecordType;
  readonly resolve: Resolver;
}

/** The value of `earlier`: for each tool, the arguments of its earlier allowed calls, read when they are asked for. */
export const earlierCalls = (tools: ReadonlyMap<string, CallReading>, longest: number): EarlierCalls => {
  class Earlier {
    readonly #scope: Scope;
    readonly #known = new Map<string, unknown>();

    constructor(scope: Scope) {
      this.#scope = scope;
    }

    static of(earlier: Earlier, tool: string, load: Load): unknown {
      const known = earlier.#known.get(tool) ?? readCalls(earlier.#scope, tool, load, longest);
      earlier.#known.set(tool, known);
      return known;
    }
  }
  for (const [tool, { load }] of tools) {
    Object.defineProperty(Earlier.prototype, tool, {
      get(this: Earlier) {
        return Earlier.of(this, tool, load);
      },
    });
  }
  const fields = [...tools].map(
    ([tool, { arguments: record }]) =>
      [tool, { type: { kind: 'list', item: { kind: 'record', record } }, optional: false }] as const,
  );
  return {
    record: { celName: 'bus.Earlier', fields: new Map(fields), construct: Earlier },
    resolve: (scope) => new Earlier(scope),
  };
};
