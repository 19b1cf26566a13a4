export { type Environment, type Report, reportSchema } from './report/report-schema.js';
export type { Counts, OpenRow, Ratio, Round, Row, RowKind, Suite } from './suite.js';
export { suites } from './suites/registry.js';
