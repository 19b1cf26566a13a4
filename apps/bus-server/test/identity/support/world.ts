import type { Bus, Scope } from '@charterbus/bus';
import { ManualClock, type Timers } from '@charterbus/core-models';
import { createJwtAuthenticator } from '@charterbus/registry/jwt';
import { pino } from 'pino';
import { type Issuer, makeIssuer } from '../../support/issuer.js';
import { makeKey } from '../../support/keys.js';
import { type Answer, operatorToken, ServerBench } from '../../support/server-bench.js';
import { Model, type Person } from './model.js';
import { Random } from './random.js';

export const tenants = ['acme', 'globex', 'initech'] as const;
export const ids = ['alice', 'bob', 'carol'] as const;

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
}

export type Speak = (request: Request) => Promise<Answer>;

/** What a test puts in the way of the server, to see whether it is found out. */
export interface Mutation {
  readonly bus?: (bus: Bus) => void;
  readonly speak?: (speak: Speak, world: World) => Speak;
}

/** A challenge, and whom it was given for. */
export interface GivenChallenge {
  readonly challenge: string;
  readonly tenant: string;
  readonly id: string;
  readonly at: number;
  isUsed: boolean;
}

/** A server with tenants that have agents of equal ids, and all that was ever good for speaking as one of them. */
export interface World {
  readonly bench: ServerBench;
  readonly clock: ManualClock;
  readonly model: Model;
  readonly random: Random;
  readonly issuer: Issuer;
  /** Tokens that never were good. */
  readonly junk: string[];
  /** Challenges that were given, and to sign as whom. */
  readonly challenges: GivenChallenge[];
  readonly log: string[];
  speak: Speak;
  serial: number;
}

/** The mark of a thing, to be found again wherever it turns up. */
export const markOf = (name: string): string => `~${name}~`;

export const addPerson = async (world: World, tenant: string, id: string): Promise<Person> => {
  const { model, bench } = world;
  const key = makeKey();
  const mark = markOf(`of-${tenant}-${id}-${world.serial++}`);
  const { body } = await bench.ask('POST', '/v1/agents', {
    token: operatorToken,
    body: { id, tenant, capabilities: ['work'], metadata: { mark }, publicKey: key.publicKey },
  });
  const person = { tenant, id, key, isThere: true, isQuarantined: false, subscriptions: new Set<string>() };
  model.people.push(person);
  model.marks.set(mark, (who) => who.tenant === tenant && who.id === id);
  keepSecret(world, person, body as unknown as Issued);
  return person;
};

export interface Issued {
  readonly token: string;
  readonly credential: {
    readonly id: string;
    readonly kind: 'token' | 'session';
    readonly scopes?: readonly Scope[];
    readonly issuedAt: string;
    readonly expiresAt?: string;
  };
}

export const keepSecret = ({ model }: World, of: Person, { token, credential }: Issued): void => {
  const { id, kind, scopes, issuedAt, expiresAt } = credential;
  model.secrets.push({
    token,
    of,
    credential: id,
    kind,
    scopes,
    issuedAt: Date.parse(issuedAt),
    expiresAt: expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
    isRevoked: false,
  });
};

const clockToleranceMs = 60_000;

/** Tokens of the issuer that counts, about one agent, and of others. */
export const addJwts = async ({ model, issuer, junk }: World, tenant: string, id: string): Promise<void> => {
  const iat = Math.floor(model.now / 1000);
  const stranger = await makeIssuer();
  const about = { sub: id, tenant, iat, exp: iat + 300 };
  for (const scope of [undefined, 'send', 'receive read'] as const) {
    const token = await issuer.issue(scope === undefined ? about : { ...about, scope });
    model.secrets.push({
      token,
      of: { tenant, id },
      credential: 'jwt',
      kind: 'jwt',
      scopes: scope?.split(' ') as Scope[] | undefined,
      issuedAt: iat * 1000,
      expiresAt: (iat + 300) * 1000 + clockToleranceMs,
      isRevoked: false,
    });
  }
  junk.push(await stranger.issue(about), await issuer.issue({ ...about, iss: 'https://other.example' }));
  junk.push(await issuer.issue({ ...about, aud: 'other' }), await issuer.issue({ ...about, exp: iat - 120 }));
  const [head, , signature] = (await issuer.issue(about)).split('.');
  const forged = Buffer.from(JSON.stringify({ ...about, iss: issuer.issuer, aud: issuer.audience, sub: 'bob' }));
  junk.push(`${head}.${forged.toString('base64url')}.${signature}`);
};

const speakTo =
  (bench: ServerBench): Speak =>
  ({ method, url, token, body }) =>
    bench.ask(method, url, { body, ...(token === undefined ? {} : { token }) });

const atOnce: Timers = {
  after: (_, callback) => {
    queueMicrotask(callback);
    return { [Symbol.dispose]: () => undefined };
  },
};

const openBench = async (clock: ManualClock, issuer: Issuer, log: string[]): Promise<ServerBench> => {
  const { issuer: name, audience, jwk } = issuer;
  const jwt = await createJwtAuthenticator({ issuer: name, audience, jwks: { keys: [jwk] }, clock, timers: clock });
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  // How often strangers may ask, and how long refusals take, is held elsewhere.
  const strangers = { atOnce: 1_000_000, perSecond: 1_000_000 };
  return ServerBench.open({ clock, timers: clock }, { jwt, logger, strangers, timers: atOnce });
};

export const openWorld = async (seed: number, mutation: Mutation = {}): Promise<World> => {
  const [clock, log, issuer] = [new ManualClock(), [] as string[], await makeIssuer()];
  const bench = await openBench(clock, issuer, log);
  const model = new Model(() => clock.now());
  const parts = { bench, clock, model, issuer, log, random: new Random(seed) };
  const world: World = { ...parts, junk: [], challenges: [], speak: speakTo(bench), serial: 0 };
  for (const tenant of tenants) {
    for (const id of ids) {
      await addPerson(world, tenant, id);
      await addJwts(world, tenant, id);
    }
  }
  mutation.bus?.(bench.bus);
  world.speak = mutation.speak?.(world.speak, world) ?? world.speak;
  return world;
};
