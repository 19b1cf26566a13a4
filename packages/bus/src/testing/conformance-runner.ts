/** The part of vitest, jest or `node:test` that the suite needs. */
export interface ConformanceRunner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}
