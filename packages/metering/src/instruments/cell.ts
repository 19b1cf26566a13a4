/** The number of one series of a counter or gauge: whoever has it adds to it without a look-up. */
export class NumberCell {
  readonly labels: readonly string[];
  value = 0;

  constructor(labels: readonly string[]) {
    this.labels = labels;
  }

  add(by: number): void {
    this.value += by;
  }
}
