import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { Clock, Timers } from '@charterbus/core-models';
import type { BreakerSource, CircuitBreaker, CircuitOutcome } from '@charterbus/recovery';
import { exchange, type Peer, type Question, type Reply } from './exchange.js';
import { NoReply } from './no-reply.js';

export interface OpaClientOptions {
  /** An origin. */
  readonly url: string;
  /** A bearer token. */
  readonly token?: string;
  readonly deadlineMilliseconds: number;
  /** Whoever waited in vain for so long shows that the server is unwell; no longer than the deadline. */
  readonly patienceMilliseconds: number;
  /** The server is left alone for so long after so many failures in a row. */
  readonly breaker: { readonly failures: number; readonly openMilliseconds: number };
  /** Where the breaker is made, as `opa:` and the host. */
  readonly breakers: BreakerSource;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Connections at a time, and questions under way or waiting for one. */
const most = { connections: 64, questions: 1_024 };

/** Of a gateway without the server behind it, or of a server that has too much to do. */
const unwellStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const insistWell = (reply: Reply): Reply => {
  if (!unwellStatuses.has(reply.status)) return reply;
  throw new NoReply(`The server answers with the status ${reply.status}.`, true);
};

const peerOf = ({ url, token }: OpaClientOptions): Peer => {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'https:';
  const options = {
    keepAlive: true,
    maxSockets: most.connections,
    maxFreeSockets: most.connections,
    scheduling: 'lifo',
  } as const;
  return {
    secure,
    // URLs have IPv6 addresses in brackets, sockets do not.
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    agent: secure ? new SecureAgent(options) : new Agent(options),
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  };
};

/** Asks one OPA over connections that stay open: within a deadline, so many at a time, and not while it is unwell. */
export class OpaClient {
  readonly #peer: Peer;
  readonly #options: Omit<OpaClientOptions, 'token'>;
  readonly #breaker: CircuitBreaker;
  /** Of each question that is under way, how it is told that the engine is closed. */
  readonly #open = new Set<() => void>();
  #questions = 0;
  #closed = false;

  constructor(options: OpaClientOptions) {
    this.#peer = peerOf(options);
    this.#options = options;
    const { failures, openMilliseconds: openMs } = options.breaker;
    this.#breaker = options.breakers.named(`opa:${new URL(options.url).host}`, { failures, openMs });
  }

  /**
   * @param read makes something of the reply; a `NoReply` that it throws counts like one of the exchange.
   * @throws `NoReply`
   */
  async ask<T>(question: Question, read: (reply: Reply) => T, signal: AbortSignal): Promise<T> {
    if (this.#closed) throw new NoReply('The engine is closed.', false);
    if (this.#questions >= most.questions) throw new NoReply('Too many questions wait for the server.', false);
    const passage = this.#breaker.enter();
    if (passage === undefined) throw new NoReply('The server failed and is left alone for now.', false);
    this.#questions += 1;
    try {
      const answer = read(await this.#exchange(question, signal));
      this.#breaker.settle(passage, 'success');
      return answer;
    } catch (error) {
      this.#breaker.settle(passage, this.#outcomeOf(error, signal));
      throw error;
    } finally {
      this.#questions -= 1;
    }
  }

  /** Whoever still waits gets no answer. */
  close(): void {
    this.#closed = true;
    for (const giveUp of this.#open) giveUp();
    this.#peer.agent.destroy();
    this.#breaker[Symbol.dispose]();
  }

  /** Who goes early says nothing; whatever else the server answers, it answers. */
  #outcomeOf(error: unknown, signal: AbortSignal): CircuitOutcome {
    if (error instanceof NoReply && error.unwell) return 'failure';
    return signal.aborted || this.#closed ? 'ignored' : 'answered';
  }

  #exchange(question: Question, signal: AbortSignal): Promise<Reply> {
    const { clock, timers, deadlineMilliseconds, patienceMilliseconds } = this.#options;
    if (signal.aborted) return Promise.reject(new NoReply('Nobody waits any more.', false));
    const began = clock.monotonic();
    let release = (): void => undefined;
    const asked = exchange(this.#peer, question, (giveUp) => {
      const tooLate = (): void =>
        giveUp(new NoReply(`The server did not answer within ${deadlineMilliseconds} ms.`, true));
      // Whoever goes early says nothing about the server; whoever waited about as long as anybody may does.
      const gone = (): void =>
        giveUp(new NoReply('Nobody waits any more.', clock.monotonic() - began >= 0.9 * patienceMilliseconds));
      const timer = timers.after(deadlineMilliseconds, tooLate);
      const closed = (): void => giveUp(new NoReply('The engine is closed.', false));
      signal.addEventListener('abort', gone, { once: true });
      this.#open.add(closed);
      release = () => {
        timer[Symbol.dispose]();
        signal.removeEventListener('abort', gone);
        this.#open.delete(closed);
      };
    });
    return asked.then(insistWell).finally(release);
  }
}
