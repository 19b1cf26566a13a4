import { didYouMean } from '../manifest/nearest.js';
import type { Report } from '../manifest/report.js';
import { parseType, resolveType, type TextFault } from './parse-type.js';
import { isReservedField, recordType } from './record-type.js';
import { type FieldType, type RecordType, scalarKinds, type ValueType } from './value-type.js';

type Fields = Readonly<Record<string, string>>;
type Path = readonly (string | number)[];

/** Records inside records. */
const deepest = 16;

/** The record types of a manifest: read on first use, each once. */
export class DeclaredTypes {
  readonly #declared: Readonly<Record<string, Fields>>;
  readonly #report: Report;
  readonly #records = new Map<string, RecordType>();
  readonly #reading: string[] = [];
  readonly #used = new Set<string>();

  constructor(declared: Readonly<Record<string, Fields>>, report: Report) {
    this.#declared = declared;
    this.#report = report;
  }

  /** All of them, whether or not anything uses them. */
  all(): readonly RecordType[] {
    return Object.keys(this.#declared).flatMap((name) => {
      const found = this.#named(name, 0);
      return 'message' in found || found.kind !== 'record' ? [] : [found.record];
    });
  }

  /** The names of the types that rows, arguments, providers and other types use, so far. */
  get used(): ReadonlySet<string> {
    return this.#used;
  }

  /** A type as it stands at a place of the manifest; what is wrong with it is reported there. */
  read(text: string, path: Path): ValueType | undefined {
    const expression = parseType(text);
    const type =
      'message' in expression
        ? expression
        : resolveType(expression, (name, offset) => {
            this.#used.add(name);
            return this.#named(name, offset);
          });
    if (!('message' in type)) return type;
    this.#report.at(path, type.message, type.offset);
    return undefined;
  }

  /** Fields as they stand at a place of the manifest; those that are wrong are reported and left out. */
  fields(declared: Fields, path: Path): ReadonlyMap<string, FieldType> {
    const fields = new Map<string, FieldType>();
    for (const [key, text] of Object.entries(declared)) {
      const optional = key.endsWith('?');
      const name = optional ? key.slice(0, -1) : key;
      if (isReservedField(name)) this.#report.at([...path, key], `A field cannot be called ${name}.`);
      else if (fields.has(name)) this.#report.at([...path, key], `The field ${name} is declared twice.`);
      const type = this.read(text, [...path, key]);
      if (type !== undefined) fields.set(name, { type, optional });
    }
    return fields;
  }

  #missing(name: string): string {
    const meant = didYouMean(name, [...scalarKinds, ...Object.keys(this.#declared)]);
    const known = `There are ${scalarKinds.join(', ')}, list<T>, map<string, T> and those under types.`;
    return `There is no type ${name}.${meant === '' ? ` ${known}` : meant}`;
  }

  #named(name: string, offset: number): ValueType | TextFault {
    const known = this.#records.get(name);
    if (known !== undefined) return { kind: 'record', record: known };
    const declared = Object.hasOwn(this.#declared, name) ? this.#declared[name] : undefined;
    if (declared === undefined) return { offset, message: this.#missing(name) };
    if (this.#reading.includes(name)) return { offset, message: `The type ${name} holds itself.` };
    if (this.#reading.length >= deepest) return { offset, message: `Types hold each other at most ${deepest} deep.` };
    this.#reading.push(name);
    const record = recordType(`types.${name}`, this.fields(declared, ['types', name]));
    this.#reading.pop();
    this.#records.set(name, record);
    return { kind: 'record', record };
  }
}
