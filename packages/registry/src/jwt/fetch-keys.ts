import type { JwtSettings } from './options.js';

/** More than any issuer has keys. */
const mostBytes = 262_144;

const readText = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw new Error(`The keys take more than ${mostBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

/** What is at the address, as JSON. Follows no redirect: whoever is trusted is who was named. */
export const fetchKeys = async (
  url: URL,
  { fetch, timers, timeoutMs }: Pick<JwtSettings, 'fetch' | 'timers' | 'timeoutMs'>,
): Promise<unknown> => {
  const controller = new AbortController();
  using _deadline = timers.after(timeoutMs, () => controller.abort(new Error('The keys did not come in time.')));
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: controller.signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`The keys were answered with ${response.status}.`);
  }
  return JSON.parse(await readText(response));
};
