import type { JsonValue } from '@charterbus/core-models';
import { NoAnswer } from './no-answer.js';
import { largestAnswer, type RawAnswer, type Transport } from './transport.js';

export interface HttpProvider {
  readonly url: string;
  /** A bearer token. */
  readonly token?: string;
  readonly fetch: typeof fetch;
}

/** Read piece by piece: a length that is stated before need not be true. */
const readBounded = async (response: Response): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > largestAnswer) throw new NoAnswer(`The answer is larger than ${largestAnswer} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};

const readAnswer = async (response: Response): Promise<RawAnswer> => {
  const bytes = await readBounded(response);
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  return { value: JSON.parse(text) as JsonValue, bytes: bytes.length };
};

/** Asks by `POST {"arguments": […]}`; only a 200 with JSON is an answer, and nobody else is asked instead. */
export const httpTransport = ({ url, token, fetch: send }: HttpProvider): Transport => {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return async (operands, signal) => {
    const body = JSON.stringify({ arguments: operands });
    const response = await send(url, { method: 'POST', headers, body, signal, redirect: 'error' });
    if (response.status === 200) return readAnswer(response);
    // What is not read holds the connection.
    await response.body?.cancel();
    throw new NoAnswer(`The status is ${response.status}.`);
  };
};
