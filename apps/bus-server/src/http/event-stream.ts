import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { HttpContext } from './http-server.js';

/** One server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** So often a comment says that the connection is meant to stay, in milliseconds. */
const keepAliveMs = 15_000;

const comment = ':\n\n';

const lineOf = ({ event, data }: ServerEvent): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** What comes, or nothing where it takes long. */
const nextOrComment = async <T>(
  next: Promise<IteratorResult<T>>,
  { timers }: HttpContext['timing'],
): Promise<IteratorResult<T> | undefined> => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  using _timer = timers.after(keepAliveMs, () => resolve(undefined));
  return await Promise.race([next, promise]);
};

async function* written<T>(
  events: AsyncIterable<T>,
  toEvent: (event: T) => ServerEvent,
  context: HttpContext,
): AsyncGenerator<string> {
  // The headers go out with the first bytes: whoever listens then knows that it is heard.
  yield comment;
  const iterator = events[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const came = await nextOrComment(next, context.timing);
    if (came?.done === true) return;
    if (came === undefined) yield comment;
    else {
      yield lineOf(toEvent(came.value));
      next = iterator.next();
    }
  }
}

/**
 * Answers with events as they come (the HTML standard, section 9.2), until the client goes away or the server drains. What reads
 * too slowly loses the oldest: streams of events are bounded.
 */
export const eventStream = <T>(
  reply: FastifyReply,
  context: HttpContext,
  open: (signal: AbortSignal) => AsyncIterable<T>,
  toEvent: (event: T) => ServerEvent,
): FastifyReply => {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, context.draining]);
  const stream = Readable.from(written(open(signal), toEvent, context), { objectMode: false });
  return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream);
};
