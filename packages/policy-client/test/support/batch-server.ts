import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface BatchServer extends AsyncDisposable {
  readonly url: string;
  /** The bodies of batches and of single questions, in their order. */
  readonly batches: readonly Readonly<Record<string, unknown>>[];
  readonly singles: readonly unknown[];
}

/** What becomes of one item: a result, nothing defined, or an error. */
export type Item = { readonly result: unknown } | 'undefined' | 'error';

const bodyOf = async (request: AsyncIterable<Buffer>): Promise<unknown> =>
  JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString());

const itemOf = (item: Item, mixed: boolean): object => {
  const status = (code: string) => (mixed ? { http_status_code: code } : {});
  if (item === 'error') return { ...status('500'), code: 'internal_error', message: 'eval_conflict_error' };
  return { ...status('200'), decision_id: 'd', ...(item === 'undefined' ? {} : item) };
};

/**
 * The batch API as Enterprise OPA documents it: 200 where each item has a document, 207 with statuses where some have
 * none, 500 where all failed; single questions are counted too.
 *
 * @param change turns the answer to a batch into another one.
 */
export const batchServer = async (
  decide: (input: unknown) => Item,
  change: (answer: Record<string, unknown>) => unknown = (answer) => answer,
): Promise<BatchServer> => {
  const batches: Record<string, unknown>[] = [];
  const singles: unknown[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (!request.url?.startsWith('/v1/batch/data/')) {
      const { input } = (await bodyOf(request)) as { input: unknown };
      singles.push(input);
      send(200, itemOf(decide(input), false));
      return;
    }
    const { inputs } = (await bodyOf(request)) as { inputs: Record<string, unknown> };
    batches.push(inputs);
    const items = Object.entries(inputs).map(([id, input]) => [id, decide(input)] as const);
    const failed = items.filter(([, item]) => item === 'error').length;
    const mixed = failed > 0 && failed < items.length;
    const responses = Object.fromEntries(items.map(([id, item]) => [id, itemOf(item, mixed)]));
    const status = failed === 0 ? 200 : mixed ? 207 : 500;
    send(status, change({ batch_decision_id: 'b', responses }));
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    batches,
    singles,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
};
