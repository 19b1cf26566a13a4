import type { Constitution } from '../constitution.js';
import type { Activation } from './activation.js';
import type { SwapGate } from './swap-gate.js';
import type { Grace, Term } from './term.js';

/** What a lease asks of whoever gave it. */
export interface LeaseSource {
  readonly gate: SwapGate;
  /** The term in force now. */
  readonly term: Term;
}

/**
 * One constitution for the whole way of one message, from shape to commit. Hold it with `using`: until it is disposed of,
 * once by each who was given it, the constitution stays open, also when another one has come into force. All who are given
 * one in the same term have the same.
 */
export class ConstitutionLease implements Disposable {
  readonly constitution: Constitution;
  readonly #source: LeaseSource;
  readonly #term: Term;

  /** Of the term in force now. */
  constructor(source: LeaseSource) {
    this.#source = source;
    this.#term = source.term;
    this.constitution = this.#term.loaded.constitution;
  }

  /** Whether it is still that of the term in force, so that it may be given once more. */
  given(): this | undefined {
    if (this.moved) return undefined;
    this.#term.loaded.enter();
    return this;
  }

  get activation(): Activation {
    return this.#term.activation;
  }

  /** The short hash that agents of the constitution before may state for a while yet. */
  get grace(): Grace | undefined {
    return this.#term.grace;
  }

  /** Resolves when no activation is being recorded; absent where none is. Wait for it before a commit. */
  get busy(): Promise<void> | undefined {
    return this.#source.gate.swapping;
  }

  /** Whether another constitution has come into force: a verdict under this one must not be committed any more. */
  get moved(): boolean {
    return this.#source.term !== this.#term;
  }

  /** Commits what was judged under this constitution: no activation comes between its beginning and its end. */
  commit<T>(write: () => T | Promise<T>): T | Promise<T> {
    return this.#source.gate.commit(write);
  }

  /** As `commit`, for whoever says itself when the commit has ended: `endCommit`, once. */
  beginCommit(): void {
    this.#source.gate.begin();
  }

  endCommit(): void {
    this.#source.gate.end();
  }

  [Symbol.dispose](): void {
    this.#term.loaded.leave();
  }
}
