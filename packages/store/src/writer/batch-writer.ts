import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type CompiledWrite, compileWrites } from '../database/statements.js';
import { type Fault, faultOf } from '../faults.js';
import type { Namespace, WriteResult } from '../namespace.js';
import type { PreparedUnit } from './unit.js';

/** Where the writer gets its handle from, and what it does with one that failed. */
export interface HandleSource {
  open(): DatabaseSync;
  /** Closes it; or, where nothing else holds the data, ends its transaction. */
  discard(database: DatabaseSync): void;
}

/** What became of one unit: the results of its writes, or why nothing of it was kept. */
export type UnitOutcome =
  | { readonly results: readonly WriteResult[]; readonly fault?: never }
  | { readonly fault: Fault; readonly results?: never };

export interface BatchOutcome {
  /** One for each unit, in order. */
  readonly units: readonly UnitOutcome[];
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
    this.#handle ??= this.#open();
    return this.#handle.writes;
  }

  write(units: readonly PreparedUnit[]): BatchOutcome {
    try {
      this.open();
      return this.#together(units, false) ?? this.#together(units, true) ?? this.#eachAlone(units);
    } catch (thrown) {
      const fault = this.#discard(thrown);
      return { units: units.map(() => ({ fault })), commits: 0 };
    }
  }

  close(): void {
    this.#handle?.database.close();
    this.#handle = undefined;
  }

  #open(): Handle {
    const database = this.#source.open();
    try {
      return {
        database,
        writes: compileWrites(database, this.#namespaces),
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

  /** One transaction; `undefined`: nothing was committed, since a unit was refused and this way cannot tell it apart. */
  #together(units: readonly PreparedUnit[], guarded: boolean): BatchOutcome | undefined {
    const { control, database } = this.#handle!;
    const outcomes: UnitOutcome[] = [];
    control.begin.run();
    for (const unit of units) {
      const outcome = guarded ? this.#runGuarded(unit) : this.#run(unit);
      if (outcome.fault !== undefined && !(guarded && database.isTransaction))
        return this.#giveUp(units, outcome.fault);
      outcomes.push(outcome);
    }
    const refusal = this.#commit();
    return refusal === undefined ? { units: outcomes, commits: 1 } : this.#giveUp(units, refusal);
  }

  /** Rolls back; where there is only one unit, it is the culprit. */
  #giveUp(units: readonly PreparedUnit[], fault: Fault): BatchOutcome | undefined {
    const { control, database } = this.#handle!;
    if (database.isTransaction) control.rollback.run();
    return units.length === 1 ? { units: [{ fault }], commits: 0 } : undefined;
  }

  #commit(): Fault | undefined {
    try {
      this.#handle!.control.commit.run();
      return undefined;
    } catch (thrown) {
      return refusalOf(thrown);
    }
  }

  #run(unit: PreparedUnit): UnitOutcome {
    const { writes } = this.#handle!;
    const results: WriteResult[] = [];
    try {
      for (const write of unit.writes) {
        const { statement, givesRowid } = writes[write.statement]!;
        const result = statement.run(...write.values);
        const changes = Number(result.changes);
        results.push({ changes, lastInsertRowid: givesRowid && changes > 0 ? Number(result.lastInsertRowid) : 0 });
      }
      return { results };
    } catch (thrown) {
      return { fault: refusalOf(thrown) };
    }
  }

  #runGuarded(unit: PreparedUnit): UnitOutcome {
    const { control, database } = this.#handle!;
    control.mark.run();
    const outcome = this.#run(unit);
    if (!database.isTransaction) return outcome;
    if (outcome.fault !== undefined) control.undo.run();
    control.forget.run();
    return outcome;
  }

  /** A failure of the store ends it for the units that are left; those before keep their commits. */
  #eachAlone(units: readonly PreparedUnit[]): BatchOutcome {
    const outcomes: UnitOutcome[] = [];
    let commits = 0;
    try {
      for (const unit of units) {
        const alone = this.#together([unit], false);
        outcomes.push(...(alone?.units ?? []));
        commits += alone?.commits ?? 0;
      }
    } catch (thrown) {
      const fault = this.#discard(thrown);
      while (outcomes.length < units.length) outcomes.push({ fault });
    }
    return { units: outcomes, commits };
  }
}
