import { Readable } from 'node:stream';
import type { Message, ScreenReading } from '@charterbus/core-models';
import type { Validator } from '../validator.js';
import { createRemoteScreen, type RemoteScreenOptions } from './remote-screen.js';

export interface HttpScreenOptions extends Omit<RemoteScreenOptions, 'ask'> {
  readonly url: string;
  /** Sent as a bearer token (RFC 6750). */
  readonly token?: string;
  readonly fetch?: typeof fetch;
  /** How many bytes an answer may have. */
  readonly answerBytes?: number;
}

const readBounded = async (response: Response, most: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> = response.body ?? Readable.from([]);
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > most) throw new RangeError('The answer is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/**
 * Asks a service over HTTP: posts `{ message }` as JSON and reads `{ score, categories }`. Redirects are not followed, since
 * the message is for this service alone; answers are bounded.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID`
 */
export const createHttpScreen = ({ url, token, answerBytes = 65_536, ...options }: HttpScreenOptions): Validator => {
  const send = options.fetch ?? fetch;
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const ask = async (message: Message, _: unknown, signal: AbortSignal): Promise<ScreenReading> => {
    const body = JSON.stringify({ message });
    const response = await send(url, { method: 'POST', headers, body, signal, redirect: 'error' });
    if (!response.ok) {
      await response.body?.cancel();
      throw new RangeError(`The screen answered with status ${response.status}.`);
    }
    const { score, categories } = JSON.parse(await readBounded(response, answerBytes)) as ScreenReading;
    return { score, categories };
  };
  return createRemoteScreen({ ...options, ask });
};
