import { type AgentReference, agentKey, type CharterbusError, type Message } from '@charterbus/core-models';

interface Pending {
  readonly requester: string;
  readonly resolve: (reply: Message) => void;
  readonly reject: (error: CharterbusError) => void;
}

/** Requests of this process that wait for a reply, by the id of the request's message. */
export class PendingRequests {
  readonly #pending = new Map<string, Pending>();

  get size(): number {
    return this.#pending.size;
  }

  add(messageId: string, requester: AgentReference): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    this.#pending.set(messageId, { requester: agentKey(requester), resolve, reject });
    return promise;
  }

  /** Whether a message with this `inReplyTo` for this recipient is waited for. */
  expects(inReplyTo: string | undefined, recipient: AgentReference): boolean {
    return inReplyTo !== undefined && this.#pending.get(inReplyTo)?.requester === agentKey(recipient);
  }

  resolve(messageId: string, reply: Message): boolean {
    const pending = this.#take(messageId);
    pending?.resolve(reply);
    return pending !== undefined;
  }

  reject(messageId: string, error: CharterbusError): void {
    this.#take(messageId)?.reject(error);
  }

  forget(messageId: string): void {
    this.#pending.delete(messageId);
  }

  #take(messageId: string): Pending | undefined {
    const pending = this.#pending.get(messageId);
    this.#pending.delete(messageId);
    return pending;
  }
}
