export { type DirectoryLock, lockDirectory } from './lock/directory-lock.js';
export { type MemoryStoreOptions, openMemoryStore } from './memory/memory-store.js';
export type { Namespace, Row, SqlValue, Write, WriteResult } from './namespace.js';
export { openSqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.js';
export type { Store, StoreCounts } from './store.js';
export { type CommitLimits, defaultCommitLimits } from './writer/commit-limits.js';
export type { CommittedBatch } from './writer/commit-queue.js';
