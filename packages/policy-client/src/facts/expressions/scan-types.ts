import { didYouMean } from '../manifest/nearest.js';
import { screensName } from '../screens/screen-readings.js';
import { celNameOf, type RecordType, recordsWithin, type ValueType } from '../types/value-type.js';
import { type CelNode, type CelType, childrenOf, type NodeView, viewOf } from './cel-node.js';
import { ExpressionFault } from './expression-fault.js';

/** Told of each field that an expression can read, by the record's name in CEL. */
type FieldUse = (record: RecordType, field: string) => void;

export interface KnownRecords {
  readonly records: ReadonlyMap<string, RecordType>;
  /** What may be meant by a misspelt name. */
  readonly names: readonly string[];
  readonly onUse: FieldUse;
}

const primitives: ReadonlySet<string> = new Set(['string', 'int', 'double', 'bool']);

/** How authors know a type. */
export const typeText = (name: string): string => name.replace(/\b(?:types|bus)\./g, '');

/** That a type has no such field, of which nothing but a record or a map has some. */
export const noField = (
  type: CelType | undefined,
  field: string,
  { records }: Pick<KnownRecords, 'records'>,
): string => {
  const fields = records.get(type?.name ?? '')?.fields.keys() ?? [];
  if (type?.name === screensName) return `There is no screen ${field}.${didYouMean(field, fields)}`;
  return `${typeText(type?.name ?? 'This')} has no field ${field}.${didYouMean(field, fields)}`;
};

const celTypeOf = (type: ValueType): CelType => {
  const shared = { name: celNameOf(type), hasDynType: false, hasPlaceholderType: false };
  if (type.kind === 'list') return { ...shared, kind: 'list', valueType: celTypeOf(type.item) };
  if (type.kind === 'map') return { ...shared, kind: 'map', valueType: celTypeOf(type.value) };
  return { ...shared, kind: type.kind === 'record' ? 'message' : 'primitive' };
};

/** Comparing values reads every field of every record in them. */
const comparing: ReadonlySet<string> = new Set(['==', '!=', 'in']);

/** Checks what cel-js's check lets pass: fields that are not there, and whatever has no type. */
class Scan {
  readonly #known: KnownRecords;

  constructor(known: KnownRecords) {
    this.#known = known;
  }

  node(node: CelNode): void {
    const view = viewOf(node);
    if (view.is === 'has') return this.#has(view);
    // `optional` of `optional.of(x)`, whose own type is no type of values.
    if (view.is === 'identifier' && view.name === 'optional') return;
    for (const child of childrenOf(view)) this.node(child);
    if (view.is === 'select') this.#select(node, view);
    if (view.is === 'index') this.#index(view);
    if (view.is === 'operator' && comparing.has(view.operator)) for (const side of view.operands) this.#compare(side);
    this.#isTyped(node);
  }

  #select(node: CelNode, { target, field }: NodeView & { is: 'select' }): void {
    const type = target.checkedType;
    this.#field(type?.kind === 'optional' ? type.valueType : type, field, node.pos);
  }

  #index({ target, index }: NodeView & { is: 'index' }): void {
    const type = target.checkedType?.kind === 'optional' ? target.checkedType.valueType : target.checkedType;
    if (type?.kind === 'message')
      throw new ExpressionFault(index.start, 'A field is taken behind a dot, as in row.field.');
    // A map's values could be indexed by anything, and would only ever be missing.
    if (type?.kind === 'map' && index.checkedType?.name !== 'string') {
      throw new ExpressionFault(
        index.start,
        `The keys are of type string, not ${typeText(index.checkedType?.name ?? '')}.`,
      );
    }
  }

  /** The type of a field of a type, of which nothing but a record or a map has some. */
  #field(type: CelType | undefined, field: string, offset: number): void {
    if (type?.kind === 'map') return;
    const record = type && this.#known.records.get(type.name);
    if (record?.fields.has(field) !== true) {
      throw new ExpressionFault(offset, noField(type, field, this.#known));
    }
    this.#known.onUse(record, field);
  }

  /** cel-js does not check what is inside of `has`. */
  #has({ operands: [operand] }: NodeView & { is: 'has' }): void {
    if (operand !== undefined) this.#hasType(operand);
  }

  #hasType(node: CelNode): CelType | undefined {
    const view = viewOf(node);
    if (view.is !== 'select') return node.checkedType;
    const type = this.#hasType(view.target);
    if (type?.kind === 'map') return type.valueType;
    this.#field(type, view.field, node.pos);
    const found = type && this.#known.records.get(type.name)?.fields.get(view.field)?.type;
    return found === undefined ? undefined : celTypeOf(found);
  }

  #compare(node: CelNode): void {
    for (const record of this.#recordsIn(node.checkedType)) {
      for (const field of record.fields.keys()) this.#known.onUse(record, field);
    }
  }

  #recordsIn(type: CelType | undefined): ReadonlySet<RecordType> {
    if (type === undefined) return new Set();
    if (type.valueType !== undefined) return this.#recordsIn(type.valueType);
    const record = this.#known.records.get(type.name);
    return record === undefined ? new Set() : recordsWithin({ kind: 'record', record });
  }

  #isTyped(node: CelNode): void {
    const type = node.checkedType;
    if (type === undefined || type.hasDynType)
      throw new ExpressionFault(node.start, 'The type of this cannot be told.');
    if (!this.#isKnown(type)) throw new ExpressionFault(node.start, `Facts know no type ${typeText(type.name)}.`);
  }

  #isKnown(type: CelType): boolean {
    if (type.kind === 'param' || primitives.has(type.name)) return true;
    if (type.kind === 'message')
      return type.name === 'timestamp' || type.name === 'duration' || this.#known.records.has(type.name);
    return type.valueType !== undefined && this.#isKnown(type.valueType);
  }
}

/** @throws ExpressionFault */
export const scanTypes = (root: CelNode, known: KnownRecords): void => new Scan(known).node(root);
