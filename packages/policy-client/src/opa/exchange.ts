import { type Agent, type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { tracedHeaders } from '../engine/tracing.js';
import { NoReply } from './no-reply.js';

/** Where requests go, and what goes along with each. */
export interface Peer {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Question {
  /** With its query. */
  readonly path: string;
  readonly body: string;
  /** In bytes. */
  readonly largestReply: number;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** In bytes, of all headers of a reply. */
const largestHeaders = 16 * 1024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is wrong with a reply before its body is read. */
const headFault = ({ statusCode = 0, headers }: IncomingMessage, largest: number): string | undefined => {
  if (statusCode >= 300 && statusCode < 400) return `redirects (${statusCode}), which is not followed`;
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '', 'content-length': length } = headers;
  if (encoding !== 'identity') return 'encodes its answer, which was not asked for';
  if (statusCode === 200 && !/^application\/json\s*(;|$)/i.test(type)) return 'answers something else than JSON';
  return length !== undefined && Number(length) > largest ? `answers more than ${largest} bytes` : undefined;
};

const textOf = (pieces: readonly Buffer[]): string | undefined => {
  try {
    const [only] = pieces;
    return decoder.decode(only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces));
  } catch {
    return undefined;
  }
};

type Settle = (outcome: Reply | NoReply) => void;

const readBody = (response: IncomingMessage, largest: number, settle: Settle): void => {
  const pieces: Buffer[] = [];
  let size = 0;
  response.on('data', (piece: Buffer) => {
    size += piece.length;
    if (size <= largest) pieces.push(piece);
    else settle(new NoReply(`The server answers more than ${largest} bytes.`, false));
  });
  const cut = (): void => settle(new NoReply('The server broke off its answer.', true));
  response.on('error', cut);
  response.on('end', () => {
    if (!response.complete) return cut();
    const text = textOf(pieces);
    settle(
      text === undefined
        ? new NoReply('The server answers what is not UTF-8.', true)
        : { status: response.statusCode ?? 0, text },
    );
  });
};

const unreachable = (error: unknown): NoReply => {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no code';
  return new NoReply(`The server cannot be reached, or does not speak HTTP (${code}).`, true, error);
};

/** Whether a connection that was kept open turned out to be closed, with nothing of an answer on it. */
const wasStale = (request: ClientRequest, error: unknown): boolean =>
  request.reusedSocket &&
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** One exchange as it goes on; it is told when nobody waits any more. */
class Exchange {
  readonly #peer: Peer;
  readonly #question: Question;
  readonly #done: Settle;
  #request: ClientRequest | undefined;
  #settled = false;
  #answered = false;

  constructor(peer: Peer, question: Question, done: Settle) {
    this.#peer = peer;
    this.#question = question;
    this.#done = done;
  }

  /** @param again Whether it may be sent once more where the connection turns out to be stale. */
  send(again: boolean): void {
    const { secure, hostname, port, agent, headers } = this.#peer;
    const { path, body } = this.#question;
    const request = (secure ? secureRequest : plainRequest)({
      hostname,
      port,
      agent,
      path,
      method: 'POST',
      headers: { ...headers, ...tracedHeaders(hostname, port), 'content-length': Buffer.byteLength(body) },
      maxHeaderSize: largestHeaders,
    });
    this.#request = request;
    request.on('error', (error) => {
      if (again && !this.#answered && !this.#settled && wasStale(request, error)) this.send(false);
      else this.settle(unreachable(error));
    });
    request.on('response', (response) => this.#read(response));
    request.on('upgrade', () => this.settle(new NoReply('The server changes the protocol.', true)));
    request.end(body);
  }

  readonly settle = (outcome: Reply | NoReply): void => {
    if (this.#settled) return;
    this.#settled = true;
    // What was not read to its end would otherwise hold, or spoil, the connection.
    if (outcome instanceof NoReply) this.#request?.destroy();
    this.#done(outcome);
  };

  #read(response: IncomingMessage): void {
    this.#answered = true;
    const { largestReply } = this.#question;
    const fault = headFault(response, largestReply);
    if (fault === undefined) readBody(response, largestReply, this.settle);
    else {
      response.on('error', () => undefined);
      this.settle(new NoReply(`The server ${fault}.`, true));
    }
  }
}

/**
 * Sends one POST and reads the whole reply, of whatever status but a redirect. Rejects with `NoReply`.
 *
 * @param onGiveUp is given the function by which to give up, before anything is sent.
 */
export const exchange = (
  peer: Peer,
  question: Question,
  onGiveUp: (giveUp: (why: NoReply) => void) => void,
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const going = new Exchange(peer, question, (outcome) =>
      outcome instanceof NoReply ? reject(outcome) : resolve(outcome),
    );
    onGiveUp(going.settle);
    going.send(true);
  });
