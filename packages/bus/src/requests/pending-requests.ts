import { type AgentReference, agentKey, type CharterbusError, type Message } from '@charterbus/core-models';

interface Pending {
  readonly requester: string;
  /** Nobody else can answer: knowing a message's id is no right to its reply. */
  readonly responder: string;
  readonly resolve: (reply: Message) => void;
  readonly reject: (error: CharterbusError) => void;
}

/** Requests of this process that wait for a reply, by the id of the request's message. */
export class PendingRequests {
  readonly #pending = new Map<string, Pending>();

  get size(): number {
    return this.#pending.size;
  }

  add(messageId: string, requester: AgentReference, responder: AgentReference): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    this.#pending.set(messageId, { requester: agentKey(requester), responder: agentKey(responder), resolve, reject });
    return promise;
  }

  /** Whether this message for this recipient is what a request waits for. */
  expects(reply: Message | undefined, recipient: AgentReference): boolean {
    const pending = reply?.inReplyTo === undefined ? undefined : this.#pending.get(reply.inReplyTo);
    if (reply === undefined || pending === undefined) return false;
    const responder = agentKey({ tenant: reply.tenant, agent: reply.from });
    return pending.requester === agentKey(recipient) && pending.responder === responder;
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
