import type { FactsManifest, JsonValue } from '@charterbus/core-models';
import { Instant, parseInstant } from './instant.js';
import { parseSpan, Span } from './span.js';
import type { RecordType, ScalarKind, ValueType } from './value-type.js';
import { keyStep, Wrong } from './wrong.js';

export type ValueLimits = FactsManifest['limits'];

/**
 * Turns JSON into what expressions see, or says what is wrong with it: ints are bigints, records instances of their
 * class, maps `Map`s. Nothing that is not declared is kept.
 */
export type Load = (value: JsonValue) => unknown;

type JsonObject = { readonly [key: string]: JsonValue };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: JsonValue, limits: ValueLimits): string | Wrong => {
  if (typeof value !== 'string') return new Wrong('a text');
  if (value.length > limits.textLength) return new Wrong(`a text of at most ${limits.textLength} characters`);
  return value.isWellFormed() ? value : new Wrong('well-formed Unicode');
};

const scalars: Readonly<Record<ScalarKind, (value: JsonValue, limits: ValueLimits) => unknown>> = {
  string: text,
  int: (value) =>
    Number.isSafeInteger(value) ? BigInt(value as number) : new Wrong('a whole number within ±(2^53 − 1)'),
  double: (value) => (Number.isFinite(value) ? value : new Wrong('a number')),
  bool: (value) => (typeof value === 'boolean' ? value : new Wrong('true or false')),
  timestamp: (value) => {
    const milliseconds = typeof value === 'string' ? parseInstant(value) : undefined;
    return milliseconds === undefined ? new Wrong('a timestamp (RFC 3339, with its zone)') : new Instant(milliseconds);
  },
  duration: (value) => {
    const milliseconds = typeof value === 'string' ? parseSpan(value) : undefined;
    return milliseconds === undefined ? new Wrong('a duration such as "90s" or "1h30m"') : new Span(milliseconds);
  },
};

const listLoad =
  (item: Load, limits: ValueLimits): Load =>
  (value) => {
    if (!Array.isArray(value)) return new Wrong('a list');
    if (value.length > limits.listItems) return new Wrong(`a list of at most ${limits.listItems} items`);
    const list: unknown[] = [];
    for (const [index, given] of (value as readonly JsonValue[]).entries()) {
      const loaded = item(given);
      if (loaded instanceof Wrong) return loaded.within(`[${index}]`);
      list.push(loaded);
    }
    return list;
  };

const mapLoad =
  (member: Load, limits: ValueLimits): Load =>
  (value) => {
    if (!isJsonObject(value)) return new Wrong('an object');
    const keys = Object.keys(value);
    if (keys.length > limits.listItems) return new Wrong(`an object of at most ${limits.listItems} members`);
    const map = new Map<string, unknown>();
    for (const key of keys) {
      const checked = text(key, limits);
      const loaded = checked instanceof Wrong ? checked : member(value[key] ?? null);
      if (loaded instanceof Wrong) return loaded.within(keyStep(key));
      map.set(key, loaded);
    }
    return map;
  };

/** Loads of all types under one manifest's limits; that of a record is made once. */
export class Loads {
  readonly #records = new Map<RecordType, Load>();
  readonly #limits: ValueLimits;

  constructor(limits: ValueLimits) {
    this.#limits = limits;
  }

  of(type: ValueType): Load {
    if (type.kind === 'list') return listLoad(this.of(type.item), this.#limits);
    if (type.kind === 'map') return mapLoad(this.of(type.value), this.#limits);
    if (type.kind === 'record') return this.record(type.record);
    const limits = this.#limits;
    const scalar = scalars[type.kind];
    return (value) => scalar(value, limits);
  }

  record(record: RecordType): Load {
    const known = this.#records.get(record);
    if (known !== undefined) return known;
    const load = this.#recordLoad(record);
    this.#records.set(record, load);
    return load;
  }

  #recordLoad(record: RecordType): Load {
    const fields = [...record.fields].map(([name, { type, optional }]) => ({ name, optional, load: this.of(type) }));
    const construct = record.construct as new () => object;
    return (value) => {
      if (!isJsonObject(value)) return new Wrong('an object');
      const made = new construct() as Record<string, unknown>;
      for (const { name, optional, load } of fields) {
        const given = Object.hasOwn(value, name) ? value[name] : undefined;
        if (given === undefined || (given === null && optional)) {
          if (!optional) return new Wrong('there', name);
          // Set all the same, so that every instance has the same shape.
          made[name] = undefined;
          continue;
        }
        const loaded = load(given);
        if (loaded instanceof Wrong) return loaded.within(name);
        made[name] = loaded;
      }
      return made;
    };
  }
}
