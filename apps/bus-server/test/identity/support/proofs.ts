import { scopes } from '@charterbus/bus';
import { signChallenge } from '@charterbus/registry';
import type { Draw } from './attempt.js';
import type { Person } from './model.js';
import { type GivenChallenge, type Issued, ids, keepSecret, tenants, type World } from './world.js';

/** Sessions of an agent that are in force at a time. */
const mostSessions = 8;
const challengeMs = 60_000;

interface Proof {
  readonly challenge: string;
  readonly signature: string;
  /** Who is proven to speak, if anybody is. */
  readonly proven: Person | undefined;
  readonly given: GivenChallenge;
}

/** Who signs: often whom the challenge was given for. */
const drawSigner = ({ random, model }: World, about: Person | undefined): Person =>
  about !== undefined && random.chance(65) ? about : random.of(model.people);

const isOpen = ({ isUsed, at }: GivenChallenge, { model }: World): boolean => !isUsed && at + challengeMs > model.now;

/** For somebody's challenge, by somebody's key, for a session or a draft: some are good. */
const drawProof = (world: World, isFor: 'session' | 'draft', draft: object): Proof | undefined => {
  const { random, model, challenges } = world;
  if (challenges.length === 0) return undefined;
  const given = random.chance(70) ? challenges.at(-1)! : random.of(challenges);
  const about = model.current(given.tenant, given.id);
  const signer = drawSigner(world, about);
  const agent = random.chance(10) ? { tenant: random.of(tenants), agent: random.of(ids) } : asAgent(given);
  const signsDraft = random.chance(10) ? isFor === 'session' : isFor === 'draft';
  const statement = { challenge: given.challenge, agent, ...(signsDraft ? { draft } : {}) };
  const states = agent.tenant === given.tenant && agent.agent === given.id;
  const isRight = states && signsDraft === (isFor === 'draft') && signer.key === about?.key;
  const signature = signChallenge(statement, signer.key.privateKey);
  return { challenge: given.challenge, signature, given, proven: isRight && isOpen(given, world) ? about : undefined };
};

const asAgent = ({ tenant, id }: { readonly tenant: string; readonly id: string }) => ({ tenant, agent: id });

export const challenge: Draw = ({ random, model, challenges }, token) => {
  const [tenant, id] = [random.of([...tenants, 'umbrella']), random.of([...ids, 'nobody'])];
  return {
    request: { method: 'POST', url: '/v1/sessions/challenge', token, body: { tenant, agent: id } },
    expectation: {
      refusals: [],
      follows: ({ body }) =>
        void challenges.push({ challenge: String(body['challenge']), tenant, id, at: model.now, isUsed: false }),
    },
  };
};

/** The oldest session goes for the newest. */
const opened = (world: World, proven: Person, body: Readonly<Record<string, unknown>>): string | undefined => {
  const open = world.model.inForce(proven, 'session');
  for (const oldest of open.slice(0, Math.max(0, open.length + 1 - mostSessions))) oldest.isRevoked = true;
  keepSecret(world, proven, body as unknown as Issued);
  const { id, tenant } = body['agent'] as Person;
  return id === proven.id && tenant === proven.tenant ? undefined : 'opened a session of another';
};

const refusalOfProof = (proven: Person | undefined): readonly string[] => {
  if (proven === undefined) return ['CREDENTIAL_REFUSED'];
  return proven.isQuarantined ? ['AGENT_QUARANTINED'] : [];
};

export const openSession: Draw = (world, token) => {
  const proof = drawProof(world, 'session', { id: 'alice', tenant: 'acme' });
  if (proof === undefined) return undefined;
  const { proven, given, ...shown } = proof;
  given.isUsed ||= proven !== undefined;
  const limits = world.random.of([undefined, undefined, ['send'], ['read', 'receive'], [...scopes]]);
  return {
    request: {
      method: 'POST',
      url: '/v1/sessions',
      token,
      body: { ...shown, ...(limits === undefined ? {} : { scopes: limits }) },
    },
    expectation: {
      refusals: refusalOfProof(proven),
      maybe: ['TOO_MANY_REQUESTS'],
      mints: true,
      provenBy: proven,
      follows: ({ body }) => opened(world, proven!, body),
    },
  };
};

/** A draft, mostly of whom the newest challenge was given for, with the key that this one has. */
const drawDraft = ({ random, model, challenges }: World) => {
  const anybody = { tenant: random.of(tenants), id: random.of(ids) };
  const { tenant, id } = random.chance(70) ? (challenges.at(-1) ?? anybody) : anybody;
  const publicKey = model.current(tenant, id)?.key.publicKey;
  return { id, tenant, capabilities: ['work'], ...(publicKey === undefined ? {} : { publicKey }) };
};

export const reregister: Draw = (world, token) => {
  const { random, model } = world;
  const draft = drawDraft(world);
  const proof = drawProof(world, 'draft', draft);
  if (proof === undefined) return undefined;
  const { proven, given, ...shown } = proof;
  const isAbout = proven?.id === draft.id && proven.tenant === draft.tenant;
  const path = random.chance(90) ? draft.id : random.of(ids);
  const ofPath = path === draft.id ? [] : ['REQUEST_INVALID'];
  given.isUsed ||= isAbout && ofPath.length === 0;
  return {
    request: { method: 'POST', url: `/v1/agents/${path}/registration`, token, body: { draft, proof: shown } },
    expectation: {
      refusals: [...ofPath, ...(isAbout ? [] : ['CREDENTIAL_REFUSED'])],
      maybe: ['TOO_MANY_REQUESTS'],
      mints: true,
      provenBy: proven,
      follows: ({ body }) => {
        model.endCredentials(proven!);
        keepSecret(world, proven!, body as unknown as Issued);
      },
    },
  };
};
