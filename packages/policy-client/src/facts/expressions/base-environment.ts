import { Environment } from '@marcbachmann/cel-js';
import { equalValues } from '../types/equal-values.js';
import { celNameOf, type RecordType } from '../types/value-type.js';
import { registerConversions } from './conversions.js';
import { registerHelpers } from './helper-functions.js';
import { registerTime } from './time-functions.js';

/** What one expression may be made of. */
const limits = { maxAstNodes: 500, maxDepth: 50, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 };

/** Fields first, so that every type is known where it is used. */
const inOrder = (records: Iterable<RecordType>): readonly RecordType[] => {
  const ordered = new Set<RecordType>();
  const add = (record: RecordType): void => {
    if (ordered.has(record)) return;
    for (const { type } of record.fields.values()) {
      let inner = type;
      while (inner.kind === 'list' || inner.kind === 'map') inner = inner.kind === 'list' ? inner.item : inner.value;
      if (inner.kind === 'record') add(inner.record);
    }
    ordered.add(record);
  };
  for (const record of records) add(record);
  return [...ordered];
};

const registerRecord = (environment: Environment, { celName, fields, construct }: RecordType): void => {
  const types = Object.fromEntries([...fields].map(([name, { type }]) => [name, celNameOf(type)]));
  environment.registerType(celName, { ctor: construct, fields: types });
  // Without it, two lists of records would check, and never be equal.
  environment.registerOperator(`${celName} == ${celName}`, equalValues);
};

/** Everything that expressions have in common: types, functions, operators. To be cloned. */
export const baseEnvironment = (records: Iterable<RecordType>, longestList: number): Environment => {
  const environment = new Environment({ enableOptionalTypes: true, limits });
  registerTime(environment);
  registerConversions(environment);
  registerHelpers(environment, longestList);
  for (const record of inOrder(records)) registerRecord(environment, record);
  return environment;
};
