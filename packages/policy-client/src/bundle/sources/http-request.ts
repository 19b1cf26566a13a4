import { CharterbusError } from '@charterbus/core-models';
import { bundleError } from '../bundle-error.js';
import { bundleLimits } from '../container/bundle-limits.js';
import type { HttpSettings } from './http-options.js';

/** What a bundle service answered: the bytes of a bundle, or nothing new. */
export interface HttpAnswer {
  readonly bytes?: Uint8Array;
  readonly etag?: string;
  /** It says that it holds requests until there is something new. */
  readonly holds: boolean;
}

/** OPA's sign that a service knows long polling. */
const holdingType = 'application/vnd.openpolicyagent.bundles';

const unavailable = (message: string, details: { readonly cause?: unknown; readonly status?: number } = {}): never => {
  throw bundleError('BUNDLE_UNAVAILABLE', message, details);
};

/** Read piece by piece: a length that is stated before need not be true. */
const readBounded = async (response: Response): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > bundleLimits.compressedBytes)
      throw bundleError('BUNDLE_INVALID', `is larger than ${bundleLimits.compressedBytes} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};

const etagOf = (response: Response): { readonly etag?: string } => {
  const etag = response.headers.get('etag');
  return etag === null || etag === '' || etag.length > 1_000 ? {} : { etag };
};

const readAnswer = async (response: Response): Promise<HttpAnswer> => {
  const holds = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() === holdingType;
  if (response.status === 200) return { bytes: await readBounded(response), ...etagOf(response), holds };
  // What is not read holds the connection.
  await response.body?.cancel();
  if (response.status === 304) return { holds };
  const { status } = response;
  const redirected = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return unavailable(`the service answered with status ${status}${redirected}.`, { status });
};

const send = async (
  { url, headers, waitSeconds, fetch: ask }: HttpSettings,
  etag: string | undefined,
  hold: boolean,
  signal: AbortSignal,
): Promise<HttpAnswer> => {
  const prefer = hold ? `modes=snapshot;wait=${waitSeconds}` : 'modes=snapshot';
  const conditional = etag === undefined ? {} : { 'if-none-match': etag };
  const response = await ask(url, { headers: { ...headers, prefer, ...conditional }, redirect: 'manual', signal });
  return readAnswer(response);
};

/**
 * Asks once, within the deadline; what a service may hold comes on top of it.
 *
 * @param etag of what is known.
 * @throws ConstitutionalError `BUNDLE_UNAVAILABLE` or, for too large an answer, `BUNDLE_INVALID`; the signal's reason when
 * aborted.
 */
export const askService = async (
  settings: HttpSettings,
  etag: string | undefined,
  hold: boolean,
  signal: AbortSignal,
): Promise<HttpAnswer> => {
  const { timers, deadlineMilliseconds, waitSeconds } = settings;
  const late = new AbortController();
  using _ = timers.after(deadlineMilliseconds + (hold ? waitSeconds * 1_000 : 0), () => {
    late.abort();
  });
  try {
    return await send(settings, etag, hold, AbortSignal.any([signal, late.signal]));
  } catch (cause) {
    signal.throwIfAborted();
    if (CharterbusError.isInstance(cause)) throw cause;
    const why = late.signal.aborted ? 'did not answer in time' : 'could not be reached, or cut its answer';
    return unavailable(`the service ${why}.`, { cause });
  }
};
