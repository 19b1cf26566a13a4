import type { AgentHandle, Bus } from '@charterbus/bus';
import { describe, expect, it } from 'vitest';
import { type Answer, operatorToken } from '../support/server-bench.js';
import { fuzz } from './support/fuzz.js';
import type { Secret, Who } from './support/model.js';
import type { Mutation, Request, Speak, World } from './support/world.js';

type Between = NonNullable<Mutation['speak']>;

const whoAsks = ({ model }: World, { token }: Request): Who => model.who(token, operatorToken);

/** A server that asks another question than it was asked, where an agent asks. */
const asking =
  (change: (request: Request, world: World, who: Extract<Who, { kind: 'agent' }>) => Request): Between =>
  (speak, world): Speak =>
  (request) => {
    const who = whoAsks(world, request);
    return speak(who.kind === 'agent' ? change(request, world, who) : request);
  };

const tokenOf = ({ model }: World, isMeant: (secret: Secret) => boolean): string | undefined =>
  model.secrets.find((one) => isMeant(one) && model.who(one.token, operatorToken).kind === 'agent')?.token;

/** Whom the server once let in by a token, it lets in. */
const neverExpiring = (bus: Bus): void => {
  const handles = new Map<string, AgentHandle>();
  const connect = bus.connect.bind(bus);
  bus.connect = (token, options) => {
    try {
      const handle = connect(token, options);
      handles.set(token, handle);
      return handle;
    } catch (error) {
      const kept = handles.get(token);
      if (kept === undefined) throw error;
      return kept;
    }
  };
};

const asOperator = (isMeant: RegExp): Between =>
  asking((request) => (isMeant.test(request.url) ? { ...request, token: operatorToken } : request));

const believingBodies = asking((request) => {
  if (request.url !== '/v1/messages' || request.method !== 'POST') return request;
  const { from: _, tenant: __, ...body } = request.body as Record<string, unknown>;
  return { ...request, body };
});

const settlingForAnybody = asking((request, world) => {
  const delivery = /^\/v1\/deliveries\/([^/]+)\/\w+$/.exec(request.url)?.[1];
  const holder = world.model.taken.find((one) => encodeURIComponent(one.delivery) === delivery)?.by;
  const token = holder === undefined ? undefined : tokenOf(world, ({ of }) => of === holder);
  return token === undefined ? request : { ...request, token };
});

const ignoringScopes = asking((request, world, { person, secret }) => {
  const whole = tokenOf(world, ({ of, scopes }) => of === person && scopes === undefined);
  return secret.scopes === undefined || whole === undefined ? request : { ...request, token: whole };
});

/** Agents are told apart by their ids alone. */
const ignoringTenants = asking((request, world, { person }) => {
  if (!request.url.startsWith('/v1/deliveries/claim')) return request;
  const token = tokenOf(world, ({ of }) => of.id === person.id && of.tenant !== person.tenant);
  return token === undefined ? request : { ...request, token };
});

const ignoringCase: Between = (speak, world) => (request) => {
  const lower = request.token?.toLowerCase();
  const meant = tokenOf(world, ({ token }) => token.toLowerCase() === lower);
  return speak(meant === undefined ? request : { ...request, token: meant });
};

/** Says of another's message what it is about. */
const tellingTooMuch: Between = (speak, world) => async (request) => {
  const answer = await speak(request);
  if (answer.body['code'] !== 'MESSAGE_NOT_FOUND') return answer;
  const id = request.url.split('/').at(-1) ?? '';
  const about = await world.bench.ask('GET', `/v1/messages/${id}`, { token: operatorToken });
  return { ...answer, text: answer.text + about.text } satisfies Answer;
};

const revokingNothing = ({ operations }: Bus): void => {
  Object.assign(operations.identity, { revokeCredential: () => Promise.resolve() });
};

const rotatingWider = ({ operations: { identity } }: Bus): void => {
  const rotateToken = identity.rotateToken.bind(identity);
  identity.rotateToken = async (reference, id, rotation) => {
    const issued = await rotateToken(reference, id, rotation);
    await identity.revokeCredential(reference, issued.credential.id);
    return identity.issueToken(reference, {});
  };
};

/** Whose challenge it is, is believed; who signed it, is not asked. */
const believingProofs: Between = (speak, world) => async (request) => {
  const answer = await speak(request);
  if (request.url !== '/v1/sessions' || answer.status !== 401) return answer;
  const { challenge } = request.body as { readonly challenge: string };
  const { id, tenant } = world.challenges.find((given) => given.challenge === challenge)!;
  const url = `/v1/agents/${id}/credentials?tenant=${tenant}`;
  return world.bench.ask('POST', url, { token: operatorToken, body: {} });
};

const mutations: Readonly<Record<string, Mutation>> = {
  'an authenticator that ignores that credentials end': { bus: neverExpiring },
  'routes that take the agent from the path': { speak: asOperator(/^\/v1\/agents\/\w+(\/(state|credentials))?(\?|$)/) },
  'a trace that does not ask whose message it is': { speak: asOperator(/^\/v1\/messages\/./) },
  'a body that may say who sends': { speak: believingBodies },
  'settlements by whoever knows a fencing token': { speak: settlingForAnybody },
  'credentials that are good for everything': { speak: ignoringScopes },
  'a claim that tells agents apart by their ids alone': { speak: ignoringTenants },
  'tokens that are compared without regard to case': { speak: ignoringCase },
  'a refusal that tells what the message was about': { speak: tellingTooMuch },
  'a revocation that does nothing': { bus: revokingNothing },
  'a rotation that makes a token wider': { bus: rotatingWider },
  'sessions for whoever has a challenge': { speak: believingProofs },
};

/** What is refused for the wrong reason would say nothing of what is wrongly granted. */
const isGranted = (fault: string): boolean => !fault.startsWith('refused');

/** Each is found by one of these seeds, most by the first. */
const seeds = [1, 2, 3];

describe('whoever tries to speak as another finds', () => {
  it.each(Object.entries(mutations))('%s', { timeout: 60_000 }, async (_, mutation) => {
    for (const seed of seeds) {
      const { fault } = await fuzz(seed, { mutation, counts: isGranted, isOver: (requests) => requests >= 1500 });
      if (fault !== undefined) return;
    }
    expect.fail('Nothing was found.');
  });

  it('a token in the log', async () => {
    const mutation: Mutation = {
      speak: (speak, world) => (request) => {
        world.log.push(JSON.stringify({ authorization: request.token }));
        return speak(request);
      },
    };
    const { log, secrets } = await fuzz(1, { mutation, isOver: (requests) => requests >= 50 });
    expect(secrets.some((secret) => log.includes(secret))).toBe(true);
  });
});
