import { type Agent, type AgentReference, agentKey, type CharterbusError, type Message } from '@charterbus/core-models';

interface Pending {
  /** The requester's revision: an agent that was registered anew under its id is another, and so is its post. */
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

  add(messageId: string, requester: Agent, responder: AgentReference): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    this.#pending.set(messageId, { requester: requester.revision, responder: agentKey(responder), resolve, reject });
    return promise;
  }

  /** Whether this message for this recipient is what a request waits for. */
  expects(reply: Message, recipient: Agent | undefined): boolean {
    return this.#waitingFor(reply, recipient) !== undefined;
  }

  /** Gives the reply to the request that still waits for it. */
  resolve(reply: Message, recipient: Agent | undefined): boolean {
    const pending = this.#waitingFor(reply, recipient);
    if (pending === undefined || reply.inReplyTo === undefined) return false;
    this.#pending.delete(reply.inReplyTo);
    pending.resolve(reply);
    return true;
  }

  reject(messageId: string, error: CharterbusError): void {
    this.#pending.get(messageId)?.reject(error);
    this.#pending.delete(messageId);
  }

  forget(messageId: string): void {
    this.#pending.delete(messageId);
  }

  #waitingFor(reply: Message, recipient: Agent | undefined): Pending | undefined {
    const pending = reply.inReplyTo === undefined ? undefined : this.#pending.get(reply.inReplyTo);
    if (pending === undefined || pending.requester !== recipient?.revision) return undefined;
    return pending.responder === agentKey({ tenant: reply.tenant, agent: reply.from }) ? pending : undefined;
  }
}
