import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type CompiledWrite, compileWrites } from '../database/statements.js';
import { type Fault, faultOf } from '../faults.js';
import type { Namespace, SqlValue } from '../namespace.js';
import type { Batch, BatchOutcome, UnitFault } from './batch.js';

/** Where the runner gets its handle from, and what it does with one that failed. */
export interface HandleSource {
  open(): DatabaseSync;
  discard(database: DatabaseSync): void;
}

interface Handle {
  readonly database: DatabaseSync;
  readonly writes: readonly CompiledWrite[];
  readonly control: Readonly<Record<'begin' | 'commit' | 'rollback' | 'mark' | 'undo' | 'forget', StatementSync>>;
}

/** A run of units inside a batch, with the offsets of the first one's writes and values. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly write: number;
  readonly value: number;
}

/** `retry`: nothing was committed, since some unit was refused and this way of running cannot tell it apart. */
type Attempt = { readonly faults: readonly UnitFault[]; readonly commits: number } | 'retry';

/** A failure of the store itself: no unit is to blame and the handle is not to be trusted. */
class StoreFailure extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/**
 * Runs batches on one handle, synchronously: in the writer's thread, or in place for the memory store.
 *
 * Three ways, from fast to patient: all units in one transaction; if a unit is refused, again with a savepoint around each
 * unit, still in one commit; if a unit tore down the whole transaction or broke a rule that is checked at the commit, each
 * unit alone. So a refused unit costs its neighbours no commit of their own in the ordinary case.
 *
 * After a failure of the store (full disk, I/O error, a failed fsync) the handle is discarded and the next batch opens
 * another: after a failed fsync the kernel may have dropped the pages, and a second fsync that succeeds proves nothing.
 */
export class BatchRunner {
  readonly #source: HandleSource;
  readonly #namespaces: readonly Namespace[];
  #handle: Handle | undefined;

  constructor(source: HandleSource, namespaces: readonly Namespace[]) {
    this.#source = source;
    this.#namespaces = namespaces;
  }

  /** Opens the handle now rather than with the first batch, and tells what it compiled. */
  open(): readonly CompiledWrite[] {
    this.#handle ??= this.#open();
    return this.#handle.writes;
  }

  run(batch: Batch): BatchOutcome {
    const results = new Float64Array(batch.statements.length * 2);
    const whole: Span = { from: 0, to: batch.units.length, write: 0, value: 0 };
    try {
      this.open();
      let attempt = this.#attempt(batch, whole, results, false);
      if (attempt === 'retry') attempt = this.#attempt(batch, whole, results, true);
      if (attempt === 'retry') return { results, ...this.#eachAlone(batch, results) };
      return { results, ...attempt };
    } catch (thrown) {
      const fault = this.#discard(thrown);
      return { results, faults: batch.units.map((_, unit) => ({ unit, fault })), commits: 0 };
    }
  }

  close(): void {
    this.#handle?.database.close();
    this.#handle = undefined;
  }

  #open(): Handle {
    const database = this.#source.open();
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
  }

  /** The handle is gone whatever happens here; a failure to close it adds nothing to the fault that led to it. */
  #discard(thrown: unknown): Fault {
    const handle = this.#handle;
    this.#handle = undefined;
    const fault = thrown instanceof StoreFailure ? thrown.fault : faultOf(thrown);
    if (handle !== undefined) this.#source.discard(handle.database);
    return fault.kind === 'refused' ? { ...fault, kind: 'unavailable' } : fault;
  }

  #attempt(batch: Batch, span: Span, results: Float64Array, guarded: boolean): Attempt {
    const { control, database } = this.#handle!;
    const faults: UnitFault[] = [];
    control.begin.run();
    let { write, value } = span;
    for (let unit = span.from; unit < span.to; unit++) {
      const fault = this.#runUnit(batch, unit, write, value, results, guarded);
      if (fault !== undefined) {
        if (!guarded || !database.isTransaction) return this.#giveUp(span, unit, fault);
        faults.push({ unit, fault });
      }
      for (const end = write + batch.units[unit]!; write < end; write++) value += batch.valueCounts[write]!;
    }
    const refusal = this.#commit();
    return refusal === undefined ? { faults, commits: 1 } : this.#giveUp(span, span.from, refusal);
  }

  /** Rolls back; where there is only one unit, it is the culprit. */
  #giveUp(span: Span, unit: number, fault: Fault): Attempt {
    const { control, database } = this.#handle!;
    if (database.isTransaction) control.rollback.run();
    return span.to - span.from === 1 ? { faults: [{ unit, fault }], commits: 0 } : 'retry';
  }

  #commit(): Fault | undefined {
    try {
      this.#handle!.control.commit.run();
      return undefined;
    } catch (thrown) {
      return refusalOf(thrown);
    }
  }

  #runUnit(
    batch: Batch,
    unit: number,
    write: number,
    value: number,
    results: Float64Array,
    guarded: boolean,
  ): Fault | undefined {
    const { control, database } = this.#handle!;
    if (guarded) control.mark.run();
    try {
      this.#runWrites(batch, write, write + batch.units[unit]!, value, results);
      if (guarded) control.forget.run();
      return undefined;
    } catch (thrown) {
      const fault = refusalOf(thrown);
      if (guarded && database.isTransaction) {
        control.undo.run();
        control.forget.run();
      }
      return fault;
    }
  }

  #runWrites(batch: Batch, from: number, to: number, firstValue: number, results: Float64Array): void {
    const { writes } = this.#handle!;
    let value = firstValue;
    for (let index = from; index < to; index++) {
      const { statement, givesRowid } = writes[batch.statements[index]!]!;
      const end = value + batch.valueCounts[index]!;
      const result = statement.run(...(batch.values.slice(value, end) as SqlValue[]));
      const changes = Number(result.changes);
      results[index * 2] = changes;
      results[index * 2 + 1] = givesRowid && changes > 0 ? Number(result.lastInsertRowid) : 0;
      value = end;
    }
  }

  /** A failure of the store ends it for the units that are left; those before keep their commits. */
  #eachAlone(batch: Batch, results: Float64Array): Omit<BatchOutcome, 'results'> {
    const faults: UnitFault[] = [];
    let commits = 0;
    let write = 0;
    let value = 0;
    let failure: Fault | undefined;
    for (let unit = 0; unit < batch.units.length; unit++) {
      if (failure === undefined) {
        try {
          const attempt = this.#attempt(batch, { from: unit, to: unit + 1, write, value }, results, false);
          if (attempt !== 'retry') {
            faults.push(...attempt.faults);
            commits += attempt.commits;
          }
        } catch (thrown) {
          failure = this.#discard(thrown);
        }
      }
      if (failure !== undefined) faults.push({ unit, fault: failure });
      for (const end = write + batch.units[unit]!; write < end; write++) value += batch.valueCounts[write]!;
    }
    return { faults, commits };
  }
}

/** The fault of a unit; what is not one unit's fault is thrown on. */
const refusalOf = (thrown: unknown): Fault => {
  const fault = faultOf(thrown);
  if (fault.kind !== 'refused') throw new StoreFailure(fault);
  return fault;
};
