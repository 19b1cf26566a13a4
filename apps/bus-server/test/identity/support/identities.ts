import { scopes } from '@charterbus/bus';
import { makeKey } from '../../support/keys.js';
import { accessFirst, type Draw, drawName, meant, type Named, refusalsOfAccess } from './attempt.js';
import type { Model, Person, Secret, Who } from './model.js';
import { type Issued, keepSecret, markOf, tenants, type World } from './world.js';

const personOf = (who: Who): Person | undefined => (who.kind === 'agent' ? who.person : undefined);

const refusalsFor = (who: Who, named: Named, access: 'agent' | 'operator' | 'either', model: Model) => {
  const ofAccess = refusalsOfAccess(who, access);
  const { person, refusals } = meant(who, named, model);
  return { person, refusals: ofAccess.length > 0 ? ofAccess : refusals };
};

/** An agent, its state, or its credentials. */
export const look: Draw = (world, token, who) => {
  const { random, model } = world;
  const named = drawName(world, personOf(who));
  const { person, refusals } = refusalsFor(who, named, 'either', model);
  const what = random.of(['', '/state', '/credentials']);
  return {
    request: { method: 'GET', url: `${named.path}${what}${named.query}`, token },
    expectation: {
      refusals,
      follows: ({ body, text }) => {
        if (what === '') return body['tenant'] === person?.tenant ? undefined : 'showed another agent';
        if (what === '/state' || who.kind !== 'agent' || who.secret.scopes === undefined) return undefined;
        const others = model.secrets.filter((one) => one.of === person && one.credential !== who.secret.credential);
        return others.some(({ credential }) => text.includes(credential)) ? 'showed a limited one others' : undefined;
      },
    },
  };
};

export const heartbeat: Draw = (world, token, who) => {
  const named = drawName(world, personOf(who));
  const { refusals } = refusalsFor(who, named, 'agent', world.model);
  return {
    request: { method: 'POST', url: `${named.path}/heartbeat${named.query}`, token, body: {} },
    expectation: { refusals: who.kind === 'operator' ? ['AGENT_REQUIRED'] : refusals },
  };
};

/** A credential of somebody, whose it may not be. */
const drawCredential = ({ random, model }: World, person: Person | undefined): Secret => {
  const own = model.secrets.filter(({ of, kind }) => of === person && kind !== 'jwt');
  const kept = model.secrets.filter(({ kind }) => kind !== 'jwt');
  return own.length > 0 && random.chance(60) ? random.of(own.slice(-4)) : random.of(kept);
};

const isLive = ({ isRevoked, expiresAt }: Secret, { now }: Model): boolean => !isRevoked && expiresAt > now;

const rotated = (world: World, old: Secret, overlapMs: number, { body }: { body: object }): string | undefined => {
  const { model } = world;
  const issued = body as Issued;
  const lives = old.expiresAt - old.issuedAt;
  keepSecret(world, old.of as Person, issued);
  const heir = model.secrets.at(-1)!;
  if (overlapMs === 0) old.isRevoked = true;
  else old.expiresAt = Math.min(old.expiresAt, model.now + overlapMs);
  if (JSON.stringify(heir.scopes) !== JSON.stringify(old.scopes)) return 'a rotated token is good for something else';
  return heir.expiresAt - heir.issuedAt > lives ? 'a rotated token lives longer' : undefined;
};

/** Why the credential is not rotated, by whoever may call the route. */
const refusalsOfRotation = (who: Who, old: Secret, person: Person | undefined, model: Model): readonly string[] => {
  // Of a JSON Web Token there is nothing to rotate.
  const isOwn = who.kind !== 'agent' || (old === who.secret && old.kind !== 'jwt');
  const isToken = old.of === person && old.kind === 'token' && isLive(old, model);
  return [...(isOwn ? [] : ['OPERATOR_REQUIRED']), ...(isToken ? [] : ['CREDENTIAL_NOT_FOUND'])];
};

export const rotate: Draw = (world, token, who) => {
  const { random, model } = world;
  const named = drawName(world, personOf(who));
  const { person, refusals } = refusalsFor(who, named, 'either', model);
  const old = who.kind === 'agent' && random.chance(50) ? who.secret : drawCredential(world, person);
  const overlapMs = random.of([0, 0, 30_000]);
  const claims = random.chance(15) ? { scopes: ['send', 'receive'] } : {};
  const ofBody = 'scopes' in claims ? ['REQUEST_INVALID'] : [];
  const others = [...refusals, ...ofBody, ...refusalsOfRotation(who, old, person, model)];
  return {
    request: {
      method: 'POST',
      url: `${named.path}/credentials/${old.credential}/rotate${named.query}`,
      token,
      body: { overlapMs, ...claims },
    },
    expectation: {
      refusals: accessFirst(refusalsOfAccess(who, 'either'), others),
      maybe: ['CREDENTIAL_LIMIT_REACHED'],
      mints: true,
      follows: (answer) => rotated(world, old, overlapMs, answer),
    },
  };
};

export const revoke: Draw = (world, token, who) => {
  const { model, random } = world;
  const named = drawName(world, personOf(who));
  const { person, refusals } = refusalsFor(who, named, 'either', model);
  const old = random.chance(30) && who.kind === 'agent' ? who.secret : drawCredential(world, person);
  const isLimited = who.kind === 'agent' && who.secret.scopes !== undefined;
  const isWithin = !isLimited || (who.kind === 'agent' && who.secret.credential === old.credential);
  const isFound = old.of === person && old.kind !== 'jwt' && isLive(old, model) && isWithin;
  return {
    request: { method: 'DELETE', url: `${named.path}/credentials/${old.credential}${named.query}`, token },
    expectation: {
      refusals: refusals.length > 0 || isFound ? refusals : ['CREDENTIAL_NOT_FOUND'],
      follows: () => {
        old.isRevoked = true;
      },
    },
  };
};

export const issue: Draw = (world, token, who) => {
  const { random, model } = world;
  const named = drawName(world, personOf(who));
  const { person, refusals } = refusalsFor(who, named, 'operator', model);
  const limits = random.of([[], ['send'], ['receive', 'subscribe'], ['read'], [...scopes], undefined, undefined]);
  const expiresAt = random.chance(50) ? new Date(model.now + 1000 * (1 + random.below(240))).toISOString() : undefined;
  const body = {
    ...(limits === undefined ? {} : { scopes: limits }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return {
    request: { method: 'POST', url: `${named.path}/credentials${named.query}`, token, body },
    expectation: {
      refusals,
      maybe: ['CREDENTIAL_LIMIT_REACHED'],
      mints: true,
      follows: (answer) => keepSecret(world, person!, answer.body as unknown as Issued),
    },
  };
};

/** What is the operator's to say of agents. */
export const decide: Draw = (world, token, who) => {
  const { random, model } = world;
  const named = drawName(world, personOf(who));
  const { person, refusals } = refusalsFor(who, named, 'operator', model);
  const isQuarantine = random.chance(25);
  const mark = markOf(`q-${world.serial++}`);
  model.marks.set(mark, (one) => one.tenant === person?.tenant && one.id === person.id);
  return {
    request: {
      method: 'POST',
      url: `${named.path}/${isQuarantine ? 'quarantine' : 'reinstate'}${named.query}`,
      token,
      body: { reason: mark },
    },
    expectation: {
      refusals,
      follows: () => {
        person!.isQuarantined = isQuarantine;
      },
    },
  };
};

export const change: Draw = (world, token, who) => {
  const { random, model } = world;
  const named = drawName(world, personOf(who));
  const { person, refusals } = refusalsFor(who, named, 'operator', model);
  const key = makeKey();
  const claims = random.chance(20) ? { tenant: random.of(tenants) } : {};
  const ofBody = 'tenant' in claims && refusalsOfAccess(who, 'operator').length === 0 ? ['AGENT_INVALID'] : [];
  return {
    request: {
      method: 'PATCH',
      url: `${named.path}${named.query}`,
      token,
      body: { publicKey: key.publicKey, capabilities: ['work'], ...claims },
    },
    expectation: {
      refusals: [...refusals, ...ofBody],
      follows: () => {
        person!.key = key;
      },
    },
  };
};

/** Ends an agent; the next step of the world registers another one of the same id. */
export const unregister: Draw = (world, token, who) => {
  const named = drawName(world, personOf(who));
  const { person, refusals } = refusalsFor(who, named, 'operator', world.model);
  return {
    request: { method: 'DELETE', url: `${named.path}${named.query}`, token },
    expectation: {
      refusals,
      follows: () => {
        person!.isThere = false;
      },
    },
  };
};

/** A registration over one that is there, which never is. */
export const overwrite: Draw = (world, token, who) => {
  const { random, model } = world;
  const there = random.of(model.people.filter(({ isThere }) => isThere));
  const access = refusalsOfAccess(who, 'operator');
  return {
    request: {
      method: 'POST',
      url: '/v1/agents',
      token,
      body: { id: there.id, tenant: there.tenant, role: 'executive' },
    },
    expectation: { refusals: access.length > 0 ? access : ['AGENT_ALREADY_REGISTERED'] },
  };
};

export const halt: Draw = (world, token, who) => {
  const { random, model } = world;
  const tenant = random.of(tenants);
  const target = random.chance(70) ? { tenant, agent: random.of(['alice', 'bob']) } : { tenant };
  const name = 'agent' in target ? `${tenant}/${target.agent}` : tenant;
  const isHalt = random.chance(30);
  return {
    request: { method: 'POST', url: isHalt ? '/v1/halts' : '/v1/halts/lift', token, body: { ...target, reason: 'x' } },
    expectation: {
      refusals: refusalsOfAccess(who, 'operator'),
      follows: () => void (isHalt ? model.halted.add(name) : model.halted.delete(name)),
    },
  };
};

const operatorOnly = [
  ['GET', '/v1/agents?tenant=globex'],
  ['GET', '/v1/messages'],
  ['GET', '/v1/dead-letters'],
  ['GET', '/v1/groups'],
  ['GET', '/v1/halts'],
  ['GET', '/v1/pauses'],
] as const;

export const survey: Draw = ({ random }, token, who) => {
  const [method, url] = random.of(operatorOnly);
  return { request: { method, url, token }, expectation: { refusals: refusalsOfAccess(who, 'operator') } };
};
