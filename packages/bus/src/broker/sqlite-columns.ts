import { StoreError } from '@charterbus/core-models';
import type { Row, SqlValue } from '@charterbus/store';

/** The rows are ours: written by this package, in a file that only it writes, with tables whose types SQLite enforces. */
export const text = (value: SqlValue | undefined): string => String(value);
export const integer = (value: SqlValue | undefined): number => Number(value);

/** @throws StoreError `STORE_CORRUPT`, with the place: a damaged store is said, never skipped. */
export const read = <T>(row: Row, column: string, of: (value: unknown) => T): T =>
  sound(row, column, () => of(JSON.parse(text(row[column]))));

const sound = <T>(row: Row, column: string, of: () => T): T => {
  try {
    return of();
  } catch {
    // The parser's own words would quote what is stored.
    const message = text(row['message'] ?? row['id']);
    const details = { message, column };
    throw new StoreError('STORE_CORRUPT', `The store is damaged: ${column} of message ${message} cannot be read.`, {
      details,
    });
  }
};

/** A word that is not what anybody wrote is damage as well. @throws StoreError `STORE_CORRUPT`. */
export const word = <T>(row: Row, column: string, of: (value: unknown) => T): T =>
  sound(row, column, () => of(row[column]));

export const json = <T>(row: Row, column: string): T => read(row, column, (value) => value as T);
