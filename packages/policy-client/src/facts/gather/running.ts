import type { Scope } from './scope.js';

/** Whose facts are being evaluated. Evaluation never waits, so that there is one at a time. */
export class Running {
  #scope: Scope | undefined;

  get scope(): Scope {
    if (this.#scope === undefined) throw new Error('A provider was asked outside of an evaluation.');
    return this.#scope;
  }

  /** A provider that is a function may itself have facts gathered; then there is one inside another. */
  during<Result>(scope: Scope, evaluate: () => Result): Result {
    const outer = this.#scope;
    this.#scope = scope;
    try {
      return evaluate();
    } finally {
      this.#scope = outer;
    }
  }
}
