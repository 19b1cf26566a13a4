export { registryNamespace } from './registry-namespace.js';
export { openSqliteRegistry, type SqliteRegistryOptions } from './sqlite-registry.js';
