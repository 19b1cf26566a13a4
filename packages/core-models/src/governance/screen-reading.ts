/** What a screen makes of one message: for policies, which alone decide what follows from it. */
export interface ScreenReading {
  /** From 0, nothing found, to 100, beyond doubt: a whole number. */
  readonly score: number;
  /** What was found: names in lower case with dashes, sorted, without repetition. */
  readonly categories: readonly string[];
}
