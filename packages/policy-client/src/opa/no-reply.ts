/** That OPA gave no answer that can be used. Its message repeats nothing that was sent or that came back. */
export class NoReply extends Error {
  override readonly name = 'NoReply';
  /** The server is down or overburdened, or talks nonsense, so that it had better not be asked for a while. */
  readonly unwell: boolean;

  constructor(message: string, unwell: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.unwell = unwell;
  }
}
