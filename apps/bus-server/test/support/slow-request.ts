import { once } from 'node:events';
import type { ServerBench } from './server-bench.js';

/** Posts the body in two parts, the second once `meanwhile` is done; gives the code of the refusal, if it is one. */
export const slowly = async (
  bench: ServerBench,
  { path, token, text }: { readonly path: string; readonly token: string; readonly text: string },
  meanwhile: () => Promise<unknown>,
): Promise<string | undefined> => {
  const url = await bench.url();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, 1)));
      await begun;
      controller.enqueue(new TextEncoder().encode(text.slice(1)));
      controller.close();
    },
  });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const arrived = once(bench.app.server, 'request');
  const sent = fetch(`${url}${path}`, { method: 'POST', headers, body, duplex: 'half' });
  await arrived;
  await meanwhile();
  begin();
  return ((await (await sent).json()) as { readonly code?: string }).code;
};
