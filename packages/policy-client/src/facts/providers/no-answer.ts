/** That a provider gave no answer that can be used. For logs. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}
