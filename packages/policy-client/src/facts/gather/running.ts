import type { Scope } from './scope.js';

/** Whose facts are being evaluated. Evaluation neither waits nor calls anybody, so that there is one at a time. */
export class Running {
  #scope: Scope | undefined;

  get scope(): Scope {
    if (this.#scope === undefined) throw new Error('A provider was asked outside of an evaluation.');
    return this.#scope;
  }

  /** @throws Error inside of another evaluation: cel-js keeps the state of loops in the expression itself. */
  during<Result>(scope: Scope, evaluate: () => Result): Result {
    if (this.#scope !== undefined) throw new Error('Facts are gathered while others are evaluated.');
    this.#scope = scope;
    try {
      return evaluate();
    } finally {
      this.#scope = undefined;
    }
  }
}
