import type { FieldType, RecordType } from './value-type.js';

/** A record type with a class of its own. */
export const recordType = (celName: string, fields: ReadonlyMap<string, FieldType>): RecordType => ({
  celName,
  fields,
  // A new class each time this is evaluated.
  construct: class {},
});

/** What objects have by themselves, so that a field of that name could not be told from no field. */
export const isReservedField = (name: string): boolean => name in Object.prototype;
