import { StoreError } from '@charterbus/core-models';

/**
 * What went wrong: a unit broke a rule (`refused`), the store could not be
 * written (`unavailable`), or it is damaged (`corrupt`).
 */
export interface Fault {
  readonly kind: 'refused' | 'unavailable' | 'corrupt';
  /** SQLite's words; they name tables and columns, never values. */
  readonly message: string;
  /** SQLite's extended result code, where there is one. */
  readonly resultCode?: number;
  readonly cause: unknown;
}

/** Primary result codes (https://sqlite.org/rescode.html) that speak of the file or the machine, not of the unit. */
const unavailable: ReadonlySet<number> = new Set([
  3, // PERM
  5, // BUSY
  6, // LOCKED
  7, // NOMEM
  8, // READONLY
  9, // INTERRUPT
  10, // IOERR
  13, // FULL
  14, // CANTOPEN
  15, // PROTOCOL
  22, // NOLFS
]);
const corrupt: ReadonlySet<number> = new Set([
  11, // CORRUPT
  26, // NOTADB
]);

const resultCodeOf = (thrown: unknown): number | undefined => {
  const code: unknown = thrown instanceof Error && 'errcode' in thrown ? thrown.errcode : undefined;
  return typeof code === 'number' ? code : undefined;
};

/** What is not known to be the fault of a unit counts as a failure of the store: it must not be blamed on one caller. */
export const faultOf = (cause: unknown): Fault => {
  const message = cause instanceof Error ? cause.message : String(cause);
  const resultCode = resultCodeOf(cause);
  if (resultCode === undefined) return { kind: 'unavailable', message, cause };
  const primary = resultCode & 0xff;
  if (corrupt.has(primary)) return { kind: 'corrupt', message, resultCode, cause };
  if (unavailable.has(primary)) return { kind: 'unavailable', message, resultCode, cause };
  return { kind: 'refused', message, resultCode, cause };
};

export const toStoreError = ({ kind, message, cause }: Fault): StoreError => {
  switch (kind) {
    case 'refused':
      return new StoreError('STORE_WRITE_REFUSED', `The store refused a statement: ${message}.`, { cause });
    case 'corrupt':
      return new StoreError('STORE_CORRUPT', `The store is damaged: ${message}.`, { cause });
    case 'unavailable':
      return new StoreError('STORE_UNAVAILABLE', `The store cannot be written: ${message}.`, { cause });
  }
};
