import { type Clock, type ErrorCode, errorCatalogue, type RandomSource, type Timers } from '@charterbus/core-models';
import { z } from 'zod';
import { errorCodeOf } from '../../error-code.js';
import { ReplayError } from '../../replay-error.js';
import { defaultRetryOptions, pause, type RetryOptions, retryAfterMs, retryDelay } from './retry.js';

/** A refusal of the server, by its code. */
export class ServerRefusal extends Error {
  override readonly name = 'ServerRefusal';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  /** An attempt before this one may have been carried out: its answer never came. */
  readonly afterUnknown: boolean;

  constructor(problem: z.output<typeof problemSchema>, afterUnknown: boolean) {
    super(`The server refused: ${problem.detail} (${problem.code})`);
    this.code = problem.code;
    this.details = problem;
    this.afterUnknown = afterUnknown;
  }
}

const codes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];
const problemSchema = z.looseObject({
  code: z.enum(codes),
  detail: z.string(),
  retryAfterMs: z.number().nonnegative().optional(),
});

export interface BusClientOptions {
  readonly url: URL;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly retry?: RetryOptions;
  readonly fetch?: typeof fetch;
  /** Aborted when nothing is to be tried again. */
  readonly halt: AbortSignal;
}

export interface BusRequest<T> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as they are, in the place of a body in JSON. */
  readonly bytes?: { readonly bytes: Uint8Array; readonly type: string };
  /** What a success must look like. */
  readonly answer: z.ZodType<T>;
  /** Cuts the request. */
  readonly signal?: AbortSignal;
  /** How long one attempt may take, in milliseconds. Default 30 seconds. */
  readonly timeoutMs?: number;
}

/** One attempt: the answer, or why there is none and whether another attempt makes sense. */
type Attempt<T> =
  | { readonly answer: T }
  | { readonly refusal: z.output<typeof problemSchema>; readonly waitMs: number | undefined }
  | { readonly lost: unknown };

const defaultTimeoutMs = 30_000;
const passing: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** Speaks HTTP v1. What may pass is tried again, a bounded number of times; a redirect is not followed, since it would take the token along. */
export class BusClient {
  readonly #options: BusClientOptions;
  readonly #retry: RetryOptions;

  constructor(options: BusClientOptions) {
    this.#options = options;
    this.#retry = options.retry ?? defaultRetryOptions;
  }

  /**
   * @throws ServerRefusal where the server decided; ReplayError where it cannot be reached, or answers as no Charterbus
   * server does.
   */
  async request<T>(request: BusRequest<T>): Promise<T> {
    const { timers, random, halt } = this.#options;
    let afterUnknown = false;
    for (let failed = 1; ; failed += 1) {
      const attempt = await this.#attempt(request);
      if ('answer' in attempt) return attempt.answer;
      request.signal?.throwIfAborted();
      const last = failed >= this.#retry.attempts || halt.aborted;
      if ('refusal' in attempt) {
        const { refusal, waitMs } = attempt;
        if (last || waitMs === undefined) throw new ServerRefusal(refusal, afterUnknown);
        await pause(retryDelay(failed, waitMs < 0 ? undefined : waitMs, this.#retry, random), timers, halt);
        continue;
      }
      if (last) throw this.#unreachable(attempt.lost);
      afterUnknown = true;
      await pause(retryDelay(failed, undefined, this.#retry, random), timers, halt);
    }
  }

  async #attempt<T>(request: BusRequest<T>): Promise<Attempt<T>> {
    const { method, path, token, answer, signal, timeoutMs = defaultTimeoutMs } = request;
    const { url, fetch: fetchIt = fetch } = this.#options;
    const body = bodyOf(request);
    const timeout = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetchIt(new URL(path, url), {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': body.type }),
        },
        ...(body === undefined ? {} : { body: body.content }),
        redirect: 'error',
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      });
      text = await response.text();
    } catch (error) {
      return { lost: error };
    }
    return response.ok ? { answer: this.#read(answer, text) } : this.#refused(response, text);
  }

  #read<T>(answer: z.ZodType<T>, text: string): T {
    const parsed = answer.safeParse(text === '' ? undefined : jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new ReplayError(`${this.#options.url.origin} does not answer as a Charterbus server does.`);
  }

  #refused(response: Response, text: string): Attempt<never> {
    const { status, headers } = response;
    const asked = retryAfterMs(headers.get('retry-after'), this.#options.clock.now());
    const parsed = problemSchema.safeParse(jsonOf(text));
    if (!parsed.success) {
      // Something in between answered, such as a proxy, which may not know what became of the request.
      if (passing.has(status)) return { lost: new Error(`HTTP status ${status}`) };
      throw new ReplayError(`${this.#options.url.origin} answered with HTTP status ${status} and no problem document.`);
    }
    const refusal = parsed.data;
    return { refusal, waitMs: passing.has(status) ? (refusal.retryAfterMs ?? asked ?? -1) : undefined };
  }

  #unreachable(lost: unknown): ReplayError {
    const cause = lost instanceof Error && lost.cause !== undefined ? lost.cause : lost;
    const code = errorCodeOf(cause);
    const why = code !== 'unknown error' || !(lost instanceof Error) ? code : lost.message;
    return new ReplayError(`The server at ${this.#options.url.origin} cannot be reached (${why}).`, { cause: lost });
  }
}

const bodyOf = ({ body, bytes }: BusRequest<unknown>) => {
  if (bytes !== undefined) return { type: bytes.type, content: Uint8Array.from(bytes.bytes) };
  return body === undefined ? undefined : { type: 'application/json', content: JSON.stringify(body) };
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};
