/** A call that a later result may answer. */
export interface OpenCall {
  /** The position of its message in the conversation's steps. */
  readonly step: number;
  readonly tool: string;
  readonly call: string;
}

/**
 * Which call a result answers. Ids repeat within a conversation, so an id means the nearest call before the result that
 * has it and is not answered yet. Constant time for each, whatever the transcript.
 */
export class Pairing {
  readonly #open = new Map<string, OpenCall[]>();

  add(key: string, call: OpenCall): void {
    const calls = this.#open.get(key);
    if (calls === undefined) this.#open.set(key, [call]);
    else calls.push(call);
  }

  /** The call that is answered now, and by nothing else later. */
  take(key: string): OpenCall | undefined {
    return this.#open.get(key)?.pop();
  }
}
