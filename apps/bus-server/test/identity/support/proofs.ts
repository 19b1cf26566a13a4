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

/** For somebody's challenge, by somebody's key, for a session or a draft: some are good. */
const drawProof = (world: World, isFor: 'session' | 'draft', draft: object): Proof | undefined => {
  const { random, model, challenges } = world;
  if (challenges.length === 0) return undefined;
  const given = random.chance(70) ? challenges.at(-1)! : random.of(challenges);
  const about = model.current(given.tenant, given.id);
  const signer = about !== undefined && random.chance(65) ? about : random.of(model.people);
  const statesOther = random.chance(10);
  const agent = statesOther ? { tenant: random.of(tenants), agent: random.of(ids) } : asAgent(given);
  const signsDraft = random.chance(10) ? isFor === 'session' : isFor === 'draft';
  const statement = { challenge: given.challenge, agent, ...(signsDraft ? { draft } : {}) };
  const isRight = agent.tenant === given.tenant && agent.agent === given.id && signsDraft === (isFor === 'draft');
  const isOpen = !given.isUsed && given.at + challengeMs > model.now;
  const isGood = isOpen && isRight && about !== undefined && signer.key === about.key;
  return {
    challenge: given.challenge,
    signature: signChallenge(statement, signer.key.privateKey),
    proven: isGood ? about : undefined,
    given,
  };
};

const asAgent = ({ tenant, id }: { readonly tenant: string; readonly id: string }) => ({ tenant, agent: id });

export const challenge: Draw = ({ random, model, challenges }, token) => {
  const [tenant, id] = [random.of([...tenants, 'umbrella']), random.of([...ids, 'nobody'])];
  return {
    request: { method: 'POST', url: '/v1/sessions/challenge', token, body: { tenant, agent: id } },
    expectation: {
      refusals: [],
      then: ({ body }) =>
        void challenges.push({ challenge: String(body['challenge']), tenant, id, at: model.now, isUsed: false }),
    },
  };
};

export const openSession: Draw = (world, token) => {
  const { random, model } = world;
  const proof = drawProof(world, 'session', { id: 'alice', tenant: 'acme' });
  if (proof === undefined) return undefined;
  const { proven, given, ...shown } = proof;
  given.isUsed ||= proven !== undefined;
  const limits = random.of([undefined, undefined, ['send'], ['read', 'receive'], [...scopes]]);
  const refusal = proven?.isQuarantined === true ? 'AGENT_QUARANTINED' : 'CREDENTIAL_REFUSED';
  return {
    request: {
      method: 'POST',
      url: '/v1/sessions',
      token,
      body: { ...shown, ...(limits === undefined ? {} : { scopes: limits }) },
    },
    expectation: {
      refusals: proven === undefined || proven.isQuarantined ? [refusal] : [],
      maybe: ['TOO_MANY_REQUESTS'],
      mints: true,
      provenBy: proven,
      then: ({ body }) => {
        const open = model.inForce(proven!, 'session');
        for (const oldest of open.slice(0, Math.max(0, open.length + 1 - mostSessions))) oldest.isRevoked = true;
        keepSecret(world, proven!, body as unknown as Issued);
        const { id, tenant } = body['agent'] as Person;
        return id === proven?.id && tenant === proven.tenant ? undefined : 'opened a session of another';
      },
    },
  };
};

export const reregister: Draw = (world, token) => {
  const { random, model } = world;
  const [tenant, id] = [random.of(tenants), random.of(ids)];
  const about = random.chance(70) ? (world.challenges.at(-1) ?? { tenant, id }) : { tenant, id };
  const publicKey = model.current(about.tenant, about.id)?.key.publicKey;
  const draft = {
    id: about.id,
    tenant: about.tenant,
    capabilities: ['work'],
    ...(publicKey === undefined ? {} : { publicKey }),
  };
  const proof = drawProof(world, 'draft', draft);
  if (proof === undefined) return undefined;
  const { proven, given, ...shown } = proof;
  const isAbout = proven !== undefined && proven.id === draft.id && proven.tenant === draft.tenant;
  const path = random.chance(90) ? about.id : random.of(ids);
  const ofPath = path === about.id ? [] : ['REQUEST_INVALID'];
  given.isUsed ||= isAbout && ofPath.length === 0;
  return {
    request: { method: 'POST', url: `/v1/agents/${path}/registration`, token, body: { draft, proof: shown } },
    expectation: {
      refusals: [...ofPath, ...(isAbout ? [] : ['CREDENTIAL_REFUSED'])],
      maybe: ['TOO_MANY_REQUESTS'],
      mints: true,
      provenBy: proven,
      then: ({ body }) => {
        model.endCredentials(proven!);
        keepSecret(world, proven!, body as unknown as Issued);
      },
    },
  };
};
