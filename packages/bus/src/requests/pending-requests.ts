import {
  type Agent,
  type AgentReference,
  type CharterbusError,
  type Message,
  sameRegistration,
} from '@charterbus/core-models';

interface Pending {
  /** The requester's revision: an agent that was registered anew under its id is another, and so is its post. */
  readonly requester: string;
  /** Nobody else can answer: knowing a message's id is no right to its reply. */
  readonly mayAnswer: (responder: AgentReference) => boolean;
  readonly resolve: (reply: Message) => void;
  readonly reject: (error: CharterbusError) => void;
}

/** Requests that were given up and are remembered, so that late replies are told from messages that somebody answers. */
const mostGivenUp = 10_000;

const answers = (reply: Message, { mayAnswer }: Pick<Pending, 'mayAnswer'>): boolean =>
  mayAnswer({ tenant: reply.tenant, agent: reply.from });

/** Requests of this process that wait for a reply, by the id of the request's message. */
export class PendingRequests {
  readonly #pending = new Map<string, Pending>();
  /** Requests that were given up, oldest first. */
  readonly #givenUp = new Map<string, Pick<Pending, 'mayAnswer' | 'requester'>>();

  get size(): number {
    return this.#pending.size;
  }

  add(messageId: string, requester: Agent, mayAnswer: Pending['mayAnswer']): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    this.#pending.set(messageId, { requester: requester.revision, mayAnswer, resolve, reject });
    return promise;
  }

  /** Whether any message has to be looked at. */
  get waits(): boolean {
    return this.#pending.size > 0 || this.#givenUp.size > 0;
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

  /** The requester no longer waits. What comes as a reply after that is late, for as long as this is remembered. */
  forget(messageId: string): void {
    const pending = this.#pending.get(messageId);
    if (pending === undefined) return;
    this.#pending.delete(messageId);
    this.#givenUp.set(messageId, pending);
    const [oldest] = this.#givenUp.keys();
    if (oldest !== undefined && this.#givenUp.size > mostGivenUp) this.#givenUp.delete(oldest);
  }

  /** Whether this message for this recipient answers a request that was given up. */
  isLate(reply: Message, recipient: Agent | undefined): boolean {
    const given = reply.inReplyTo === undefined ? undefined : this.#givenUp.get(reply.inReplyTo);
    return given !== undefined && sameRegistration(given.requester, recipient?.revision) && answers(reply, given);
  }

  #waitingFor(reply: Message, recipient: Agent | undefined): Pending | undefined {
    const pending = reply.inReplyTo === undefined ? undefined : this.#pending.get(reply.inReplyTo);
    if (pending === undefined || !sameRegistration(pending.requester, recipient?.revision)) return undefined;
    return answers(reply, pending) ? pending : undefined;
  }
}
