import { generateKeyPairSync } from 'node:crypto';
import { Agent, request } from 'node:http';
import { createBus } from '@charterbus/bus';
import { signChallenge } from '@charterbus/registry';
import { createServer } from '../src/http/create-server.js';
import { mannWhitney, medianOf } from './statistics.js';

const rounds = Number(process.argv[2] ?? 3000);
/** Part of the name of what is measured. */
const wanted = process.argv[3] ?? '';
const warmUp = 300;
/** A difference is one where chance hardly makes it (in standard deviations), and it is of a size that somebody could use. */
const leastZ = 4;
const mostChance = 0.05;
const mostRatio = 1.03;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** One of the things that nobody may tell apart, made anew for each round before the time is taken. */
type Case = () => Asked | Promise<Asked>;

const others = {
  'nobody in the own tenant': { tenant: 'acme', agent: 'nobody' },
  'nobody there either, again': { tenant: 'acme', agent: 'nobadi' },
  'somebody in a forbidden one': { tenant: 'glob', agent: 'worker' },
  'nobody in a forbidden one': { tenant: 'glob', agent: 'nobody' },
  'a tenant that is not there': { tenant: 'void', agent: 'worker' },
} as const;
type Other = (typeof others)[keyof typeof others];

/** Everybody may ask as often as it takes. */
const strangers = { atOnce: 1_000_000, perSecond: 1_000_000 };
const bus = await createBus();
const app = await createServer({ bus, operatorToken: 'cbo_for-this-measurement', strangers });
const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const { token } = await bus.register({ id: 'sender', tenant: 'acme' });
const { publicKey } = generateKeyPairSync('ed25519');
const { handle } = await bus.register({
  id: 'worker',
  tenant: 'glob',
  publicKey: String(publicKey.export({ format: 'jwk' }).x),
});
const { handle: mate } = await bus.register({ id: 'mate', tenant: 'glob' });
const { privateKey: stranger } = generateKeyPairSync('ed25519');

const ask = ({ method, path, body }: Asked): Promise<string> => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const sent = request({ agent, method, path, host: url.hostname, port: url.port }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (part: string) => (text += part));
    answer.once('end', () => resolve(text));
  });
  sent.once('error', reject).setHeader('authorization', `Bearer ${token}`);
  if (body !== undefined) sent.setHeader('content-type', 'application/json');
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
};

const shortHash = bus.constitution.shortHash;
const message = { type: 'query', content: 1, constitutionalHash: shortHash } as const;
const proofOf = async (to: Other): Promise<object> => {
  const body = { tenant: to.tenant, agent: to.agent };
  const { challenge } = JSON.parse(await ask({ method: 'POST', path: '/v1/sessions/challenge', body })) as {
    readonly challenge: string;
  };
  return { challenge, signature: signChallenge({ challenge, agent: to }, stranger) };
};

const perOther = (made: (to: Other) => Asked | Promise<Asked>): Record<string, Case> =>
  Object.fromEntries(Object.entries(others).map(([name, to]) => [name, () => made(to)]));

const { messageId } = await handle.send({ to: { agent: 'mate' }, ...message });
const unknownId = messageId.replace(/^.{8}/, '01890000');
const otherUnknownId = messageId.replace(/^.{8}/, '01890001');
const tracing = (id: string) => (): Asked => ({ method: 'GET', path: `/v1/messages/${id}` });

const [held] = await mate.claim({ max: 1, waitMs: 0, leaseMs: 3_600_000, signal: new AbortController().signal });
const settling = (id: string) => (): Asked => ({
  method: 'POST',
  path: `/v1/deliveries/${id}/ack`,
  body: { fencingToken: 1 },
});

const groups: Readonly<Record<string, Record<string, Case>>> = {
  'a message to an agent': perOther((to) => ({ method: 'POST', path: '/v1/messages', body: { to, ...message } })),
  'the way of a message': {
    'none of that id': tracing(unknownId),
    'none of another id': tracing(otherUnknownId),
    'of another tenant': tracing(messageId),
  },
  'a delivery that is settled': {
    'none of that id': settling(`${unknownId}.0`),
    'none of another id': settling(`${otherUnknownId}.0`),
    'held by another': settling(held?.id ?? ''),
  },
  'a challenge': perOther((to) => ({ method: 'POST', path: '/v1/sessions/challenge', body: to })),
  'a session by a wrong key': perOther(async (to) => ({
    method: 'POST',
    path: '/v1/sessions',
    body: await proofOf(to),
  })),
  credentials: perOther((to) => ({ method: 'GET', path: `/v1/agents/${to.agent}/credentials?tenant=${to.tenant}` })),
  subscriptions: perOther((to) => ({ method: 'GET', path: `/v1/subscriptions?tenant=${to.tenant}&agent=${to.agent}` })),
};

const shuffled = <T>(all: readonly T[]): readonly T[] =>
  all
    .map((one) => [Math.random(), one] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, one]) => one);

/** Microseconds of each case: all in each round, in an order of chance. */
const measure = async (cases: Record<string, Case>): Promise<Map<string, number[]>> => {
  const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const [name, make] of shuffled(Object.entries(cases))) {
      const asked = await make();
      const begun = performance.now();
      await ask(asked);
      if (round >= 0) times.get(name)?.push((performance.now() - begun) * 1000);
    }
  }
  return times;
};

let isTold = false;
for (const [group, cases] of Object.entries(groups)) {
  if (!group.includes(wanted)) continue;
  const [[first, ours] = ['', []], ...rest] = await measure(cases);
  console.log(`${group}: ${first} ${medianOf(ours).toFixed(1)} µs`);
  for (const [name, theirs] of rest) {
    const ratio = medianOf(theirs) / medianOf(ours);
    const { chance, z } = mannWhitney(ours, theirs);
    const isLarge = Math.abs(chance - 0.5) > mostChance || Math.max(ratio, 1 / ratio) > mostRatio;
    const isApart = Math.abs(z) > leastZ && isLarge;
    isTold ||= isApart;
    const figures = `ratio ${ratio.toFixed(3)}, chance ${chance.toFixed(3)}, z ${z.toFixed(1)}`;
    console.log(
      `  ${name.padEnd(28)} ${medianOf(theirs).toFixed(1)} µs, ${figures}${isApart ? '  <- told apart' : ''}`,
    );
  }
}
agent.destroy();
await app.close();
await bus.drain(0);
process.exitCode = isTold ? 1 : 0;
