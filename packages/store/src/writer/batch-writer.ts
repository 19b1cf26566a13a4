import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { versions } from '../database/migrations.js';
import { type CompiledWrite, compileWrites } from '../database/statements.js';
import { type Fault, faultOf } from '../faults.js';
import type { Namespace, WriteResult } from '../namespace.js';
import type { PreparedUnit } from './unit.js';

/** Where the writer gets its handle from, and what it does with one that failed. */
export interface HandleSource {
  open(): DatabaseSync;
  /** Closes it; or, where nothing else holds the data, ends its transaction. */
  discard(database: DatabaseSync): void;
  /** Told after each batch of which something was committed. */
  committed(): void;
  /** Closes it for good, with nothing left to write. */
  retire(database: DatabaseSync): void;
}

/** What became of one unit: the results of its writes, or why nothing of it was kept. */
export type UnitOutcome<Unit> =
  | { readonly unit: Unit; readonly results: readonly WriteResult[]; readonly fault?: never }
  | { readonly unit: Unit; readonly fault: Fault; readonly results?: never };

export interface BatchOutcome<Unit> {
  /** One for each unit, in order. */
  readonly outcomes: readonly UnitOutcome<Unit>[];
  /** Transactions that were committed. */
  readonly commits: number;
}

interface Handle {
  readonly database: DatabaseSync;
  readonly writes: readonly CompiledWrite[];
  readonly control: Readonly<Record<'begin' | 'commit' | 'rollback' | 'mark' | 'undo' | 'forget', StatementSync>>;
}

/** A failure of the store itself: no unit is to blame and the handle is not to be trusted. */
class StoreFailure extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** The fault of a unit; what is not one unit's fault is thrown on. */
const refusalOf = (thrown: unknown): Fault => {
  const fault = faultOf(thrown);
  if (fault.kind !== 'refused') throw new StoreFailure(fault);
  return fault;
};

/**
 * Writes batches of units on one handle, synchronously.
 *
 * Three ways, from fast to patient: all units in one transaction; if a unit is refused, again with a savepoint around each
 * unit, still in one commit; if a unit tore down the whole transaction or broke a rule that is checked at the commit, each
 * unit alone. So a refused unit costs its neighbours no commit of their own in the ordinary case.
 *
 * After a failure of the store (full disk, I/O error, a failed fsync) the handle is discarded and the next batch opens
 * another: after a failed fsync the kernel may have dropped the pages, and a second fsync that succeeds proves nothing.
 */
export class BatchWriter {
  readonly #source: HandleSource;
  readonly #namespaces: readonly Namespace[];
  #handle: Handle | undefined;

  constructor(source: HandleSource, namespaces: readonly Namespace[]) {
    this.#source = source;
    this.#namespaces = namespaces;
  }

  /** Opens the handle where there is none, and tells what it compiled. */
  open(): readonly CompiledWrite[] {
    return this.#opened().writes;
  }

  write<Unit extends PreparedUnit>(units: readonly Unit[]): BatchOutcome<Unit> {
    try {
      const handle = this.#opened();
      const outcome = together(handle, units, false) ?? together(handle, units, true) ?? this.#eachAlone(handle, units);
      if (outcome.commits > 0) this.#source.committed();
      return outcome;
    } catch (thrown) {
      const fault = this.#discard(thrown);
      return { outcomes: units.map((unit) => ({ unit, fault })), commits: 0 };
    }
  }

  close(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle !== undefined) this.#source.retire(handle.database);
  }

  #opened(): Handle {
    this.#handle ??= this.#open();
    return this.#handle;
  }

  #open(): Handle {
    const database = this.#source.open();
    try {
      return {
        database,
        writes: compileWrites(database, [...this.#namespaces, versions]),
        control: {
          begin: database.prepare('BEGIN IMMEDIATE'),
          commit: database.prepare('COMMIT'),
          rollback: database.prepare('ROLLBACK'),
          mark: database.prepare('SAVEPOINT unit'),
          undo: database.prepare('ROLLBACK TO unit'),
          forget: database.prepare('RELEASE unit'),
        },
      };
    } catch (error) {
      this.#source.discard(database);
      throw error;
    }
  }

  /** Ends the handle that failed; the fault is never blamed on a unit. */
  #discard(thrown: unknown): Fault {
    const handle = this.#handle;
    this.#handle = undefined;
    const fault = thrown instanceof StoreFailure ? thrown.fault : faultOf(thrown);
    try {
      if (handle !== undefined) this.#source.discard(handle.database);
    } catch (error) {
      return { ...faultOf(error), kind: 'unavailable', cause: new AggregateError([fault.cause, error]) };
    }
    return fault.kind === 'refused' ? { ...fault, kind: 'unavailable' } : fault;
  }

  /** A failure of the store ends it for the units that are left; those before keep their commits. */
  #eachAlone<Unit extends PreparedUnit>(handle: Handle, units: readonly Unit[]): BatchOutcome<Unit> {
    const outcomes: UnitOutcome<Unit>[] = [];
    let commits = 0;
    try {
      for (const unit of units) {
        const alone = runAlone(handle, unit);
        outcomes.push(alone);
        if (alone.fault === undefined) commits += 1;
      }
    } catch (thrown) {
      const fault = this.#discard(thrown);
      for (const unit of units.slice(outcomes.length)) outcomes.push({ unit, fault });
    }
    return { outcomes, commits };
  }
}

/** One transaction; `undefined`: nothing was committed, since a unit was refused and this way cannot tell it apart. */
const together = <Unit extends PreparedUnit>(
  handle: Handle,
  units: readonly Unit[],
  guarded: boolean,
): BatchOutcome<Unit> | undefined => {
  const outcomes: UnitOutcome<Unit>[] = [];
  handle.control.begin.run();
  for (const unit of units) {
    const outcome = guarded ? runGuarded(handle, unit) : runUnit(handle, unit);
    const lost = outcome.fault !== undefined && !(guarded && handle.database.isTransaction);
    if (lost) return rollBack(handle);
    outcomes.push(outcome);
  }
  return commit(handle) === undefined ? { outcomes, commits: 1 } : rollBack(handle);
};

const runAlone = <Unit extends PreparedUnit>(handle: Handle, unit: Unit): UnitOutcome<Unit> => {
  handle.control.begin.run();
  const outcome = runUnit(handle, unit);
  const fault = outcome.fault ?? commit(handle);
  if (fault === undefined) return outcome;
  rollBack(handle);
  return { unit, fault };
};

const runWrite = (handle: Handle, { statement, values }: PreparedUnit['writes'][number]): WriteResult => {
  const compiled = handle.writes[statement] ?? unknownStatement(statement);
  const { changes, lastInsertRowid } = compiled.statement.run(...values);
  const count = Number(changes);
  return { changes: count, lastInsertRowid: compiled.givesRowid && count > 0 ? Number(lastInsertRowid) : 0 };
};

const runUnit = <Unit extends PreparedUnit>(handle: Handle, unit: Unit): UnitOutcome<Unit> => {
  try {
    const [only] = unit.writes;
    // Most are of one write; a list that grows takes room for sixteen more.
    const results =
      only !== undefined && unit.writes.length === 1
        ? [runWrite(handle, only)]
        : unit.writes.map((write) => runWrite(handle, write));
    return { unit, results };
  } catch (thrown) {
    return { unit, fault: refusalOf(thrown) };
  }
};

const runGuarded = <Unit extends PreparedUnit>(handle: Handle, unit: Unit): UnitOutcome<Unit> => {
  const { control, database } = handle;
  control.mark.run();
  const outcome = runUnit(handle, unit);
  if (!database.isTransaction) return outcome;
  if (outcome.fault !== undefined) control.undo.run();
  control.forget.run();
  return outcome;
};

const commit = ({ control }: Handle): Fault | undefined => {
  try {
    control.commit.run();
    return undefined;
  } catch (thrown) {
    return refusalOf(thrown);
  }
};

const rollBack = ({ control, database }: Handle): undefined => {
  if (database.isTransaction) control.rollback.run();
};

const unknownStatement = (statement: number): never => {
  throw new RangeError(`There is no write of number ${statement}.`);
};
