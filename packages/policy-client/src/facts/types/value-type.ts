export const scalarKinds = ['string', 'int', 'double', 'bool', 'timestamp', 'duration'] as const;
export type ScalarKind = (typeof scalarKinds)[number];

/** The type of what rows, arguments and answers hold. Finite: no record holds itself. */
export type ValueType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'list'; readonly item: ValueType }
  | { readonly kind: 'map'; readonly value: ValueType }
  | { readonly kind: 'record'; readonly record: RecordType };

export interface FieldType {
  readonly type: ValueType;
  /** Absent and null are the same. */
  readonly optional: boolean;
}

/** What values of a record type are instances of; its own class, by which CEL knows the type at run time. */
type RecordClass = new (...given: never[]) => object;

export interface RecordType {
  /** As CEL knows it. */
  readonly celName: string;
  readonly fields: ReadonlyMap<string, FieldType>;
  readonly construct: RecordClass;
}

/** The name of a type in CEL. */
export const celNameOf = (type: ValueType): string => {
  switch (type.kind) {
    case 'list':
      return `list<${celNameOf(type.item)}>`;
    case 'map':
      return `map<string, ${celNameOf(type.value)}>`;
    case 'record':
      return type.record.celName;
    default:
      return type.kind;
  }
};

/** All record types that values of a type may hold, itself included. */
export const recordsWithin = (type: ValueType, found = new Set<RecordType>()): ReadonlySet<RecordType> => {
  if (type.kind === 'list') recordsWithin(type.item, found);
  if (type.kind === 'map') recordsWithin(type.value, found);
  if (type.kind === 'record' && !found.has(type.record)) {
    found.add(type.record);
    for (const field of type.record.fields.values()) recordsWithin(field.type, found);
  }
  return found;
};
