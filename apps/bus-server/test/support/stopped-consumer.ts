// Claims one message, prints its delivery, and acknowledges it when its input ends: by then it may have been stopped
// for longer than its lease.
import { once } from 'node:events';
import { argv, stdin, stdout } from 'node:process';

const [url = '', token = '', leaseMs = ''] = argv.slice(2);

const ask = async (path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const reply = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await reply.text();
  return { status: reply.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
};

const claimed = await ask('/v1/deliveries/claim', { max: 1, waitMs: 10_000, leaseMs: Number(leaseMs) });
const [delivery] = claimed.body['deliveries'] as readonly { id: string; fencingToken: number }[];
stdout.write(`${delivery?.id} ${delivery?.fencingToken}\n`);
stdin.resume();
await once(stdin, 'end');
const { status, body } = await ask(`/v1/deliveries/${delivery?.id}/ack`, { fencingToken: delivery?.fencingToken });
stdout.write(`${status} ${String(body['code'])}\n`);
