/** What is wrong with an expression, and where in it. */
export class ExpressionFault extends Error {
  override readonly name = 'ExpressionFault';

  /** In UTF-16 code units. */
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}
