import type { Answer } from '../../support/server-bench.js';
import { accessFirst, type Draw, refusalsOfAccess, refusalsOfSpeaking } from './attempt.js';
import type { Person, Taken, Who } from './model.js';
import { ids, markOf, tenants, type World } from './world.js';

const topics = ['orders.created', 'orders.paid', 'plans'] as const;

const personOf = (who: Who): Person | undefined => (who.kind === 'agent' ? who.person : undefined);

/** Members that claim more than the token gives, and what comes of them. */
const drawClaims = ({ random }: World, who: Who): { readonly claims: object; readonly refusals: readonly string[] } => {
  const own = personOf(who);
  const [from, tenant] = [random.of(ids), random.of(tenants)];
  const isOther = own !== undefined && (from !== own.id || tenant !== own.tenant);
  if (random.chance(70)) return { claims: {}, refusals: [] };
  if (random.chance(60)) return { claims: { from, tenant }, refusals: isOther ? ['IDENTITY_CLAIMED'] : [] };
  const claim = random.of([{ scopes: ['send'] }, { role: 'executive' }, { sender: from }, { agent: { id: from } }]);
  return { claims: claim, refusals: ['MESSAGE_INVALID'] };
};

const noteSent =
  (world: World, from: Person | undefined, to: Person | undefined, topicOf: string | undefined, mark: string) =>
  ({ body }: Answer): void => {
    if (from === undefined) return;
    const sent = { id: String(body['messageId']), from, to, topicOf };
    world.model.messages.set(sent.id, sent);
    world.model.marks.set(mark, (person) => world.model.isParty(person, sent));
  };

export const send: Draw = (world, token, who) => {
  const { random, model, bench } = world;
  const own = personOf(who);
  const { claims, refusals: ofClaims } = drawClaims(world, who);
  const tenant = own !== undefined && random.chance(60) ? own.tenant : random.of(tenants);
  const [id, mark] = [random.of([...ids, 'nobody']), markOf(`m-${world.serial++}`)];
  const to = model.current(tenant, id);
  const isOwnTenant = own?.tenant === tenant;
  const ofAddress = isOwnTenant && to !== undefined ? [] : ['RECIPIENT_UNREACHABLE'];
  const address = isOwnTenant && random.chance(50) ? { agent: id } : { agent: id, tenant };
  const content = { mark, from: 'somebody else', tenant: 'umbrella' };
  const refusals = [...refusalsOfSpeaking(who, 'send', model), ...ofClaims, ...ofAddress];
  const access = refusalsOfAccess(who, 'agent');
  return {
    request: {
      method: 'POST',
      url: '/v1/messages',
      token,
      body: { to: address, type: 'query', content, constitutionalHash: bench.shortHash, ...claims },
    },
    expectation: {
      refusals: accessFirst(access, refusals),
      maybe:
        to !== undefined && (to.isQuarantined || model.isHalted(to)) ? ['RECIPIENT_UNREACHABLE', 'HALT_IN_FORCE'] : [],
      follows: noteSent(world, own, to, undefined, mark),
    },
  };
};

export const publish: Draw = (world, token, who) => {
  const { random, model, bench } = world;
  const own = personOf(who);
  const mark = markOf(`t-${world.serial++}`);
  const isForeign = random.chance(30);
  const tenant = isForeign ? random.of(tenants) : own?.tenant;
  const to = tenant === undefined ? { topic: random.of(topics) } : { topic: random.of(topics), tenant };
  const access = refusalsOfAccess(who, 'agent');
  const speaking = refusalsOfSpeaking(who, 'send', model);
  const outside = own !== undefined && tenant !== undefined && tenant !== own.tenant ? ['RECIPIENT_UNREACHABLE'] : [];
  return {
    request: {
      method: 'POST',
      url: '/v1/messages',
      token,
      body: { to, type: 'event', content: { mark }, constitutionalHash: bench.shortHash },
    },
    expectation: {
      refusals: accessFirst(access, [...speaking, ...outside]),
      maybe: ['RECIPIENT_UNREACHABLE', 'POLICY_DENIED', 'HALT_IN_FORCE'],
      follows: noteSent(world, own, undefined, own?.tenant, mark),
    },
  };
};

interface Claimed {
  readonly id: string;
  readonly fencingToken: number;
  readonly message: { readonly id: string; readonly tenant: string };
}

/** What was given must have been sent to whoever got it, and by whom it says. */
const noteTaken =
  ({ model }: World, own: Person | undefined) =>
  ({ body }: Answer): string | undefined => {
    for (const { id, fencingToken, message } of body['deliveries'] as readonly Claimed[]) {
      const sent = model.messages.get(message.id);
      if (own === undefined || sent === undefined || !model.isParty(own, sent)) return 'gave what was sent to another';
      if (sent.to !== own && sent.topicOf !== own.tenant) return 'gave what was sent to another';
      model.taken.push({ delivery: id, fencingToken, by: own });
    }
    return undefined;
  };

export const claim: Draw = (world, token, who) => {
  const access = refusalsOfAccess(who, 'agent');
  const claims = world.random.chance(20) ? { agent: 'alice' } : {};
  const ofBody = world.random.chance(20) && Object.keys(claims).length > 0 ? ['REQUEST_INVALID'] : [];
  const body = { max: 3, waitMs: 0, leaseMs: 30_000, ...(ofBody.length > 0 ? claims : {}) };
  const refusals = [...refusalsOfSpeaking(who, 'receive', world.model), ...ofBody];
  return {
    request: { method: 'POST', url: '/v1/deliveries/claim', token, body },
    expectation: { refusals: accessFirst(access, refusals), follows: noteTaken(world, personOf(who)) },
  };
};

/** Something that was given to somebody, often to whoever asks. */
const drawTaken = ({ random, model }: World, own: Person | undefined): Taken => {
  const mine = model.taken.filter(({ by }) => by === own).slice(-5);
  return mine.length > 0 && random.chance(40) ? random.of(mine) : random.of(model.taken);
};

/** Whether it is the newest lease of the delivery that the fencing token is of. */
const isCurrent = ({ delivery }: Taken, fencingToken: number, { model }: World): boolean =>
  model.taken.findLast((one) => one.delivery === delivery)?.fencingToken === fencingToken;

/** With delivery ids and fencing tokens of whomever. */
export const settle: Draw = (world, token, who) => {
  const { random, model } = world;
  if (model.taken.length === 0) return undefined;
  const own = personOf(who);
  const taken = drawTaken(world, own);
  const fencingToken = random.chance(15) ? taken.fencingToken + 1 + random.below(3) : taken.fencingToken;
  const verb = random.of(['ack', 'nack', 'extend', 'reject']);
  const isMine = taken.by === own;
  const ofLease = isCurrent(taken, fencingToken, world) ? [] : ['LEASE_LOST'];
  const ofOwner = isMine ? ofLease : ['DELIVERY_NOT_FOUND', 'LEASE_LOST'];
  const refusals = [...refusalsOfSpeaking(who, 'receive', model), ...ofOwner];
  return {
    request: {
      method: 'POST',
      url: `/v1/deliveries/${encodeURIComponent(taken.delivery)}/${verb}`,
      token,
      body: { fencingToken, ...(verb === 'extend' ? { leaseMs: 20_000 } : {}) },
    },
    expectation: {
      refusals: accessFirst(refusalsOfAccess(who, 'agent'), refusals),
      maybe: isMine ? ['LEASE_LOST'] : [],
    },
  };
};

export const subscribe: Draw = ({ random, model }, token, who) => {
  const own = personOf(who);
  const pattern = random.of([...topics, 'orders.>', '>']);
  const isEnding = random.chance(20);
  const claims = random.chance(20) ? { tenant: random.of(tenants), agent: 'bob' } : {};
  const access = refusalsOfAccess(who, 'agent');
  const ofBody = Object.keys(claims).length > 0 ? ['REQUEST_INVALID'] : [];
  const refusals = accessFirst(access, [...refusalsOfSpeaking(who, 'subscribe', model), ...ofBody]);
  if (isEnding) {
    const url = `/v1/subscriptions?${new URLSearchParams({ pattern, ...claims }).toString()}`;
    return { request: { method: 'DELETE', url, token }, expectation: { refusals } };
  }
  return {
    request: { method: 'POST', url: '/v1/subscriptions', token, body: { pattern, ...claims } },
    expectation: { refusals, follows: () => void own?.subscriptions.add(pattern) },
  };
};

export const subscriptions: Draw = ({ random }, token, who) => {
  const own = personOf(who);
  const query = new URLSearchParams({ tenant: random.of(tenants), agent: random.of(ids) });
  return {
    request: { method: 'GET', url: `/v1/subscriptions?${query.toString()}`, token },
    expectation: {
      refusals: refusalsOfAccess(who, 'either'),
      follows: ({ body }) => {
        const listed = body['subscriptions'] as readonly { readonly tenant: string; readonly agent: string }[];
        const isOwn = listed.every(({ tenant, agent }) => tenant === own?.tenant && agent === own?.id);
        return own === undefined || isOwn ? undefined : "listed another's subscriptions";
      },
    },
  };
};

export const trace: Draw = ({ random, model }, token, who) => {
  const sent = model.messages.size === 0 ? undefined : random.of([...model.messages.values()]);
  if (sent === undefined) return undefined;
  const own = personOf(who);
  const isParty = own !== undefined && model.isParty(own, sent);
  const access = refusalsOfAccess(who, 'either');
  const foreign = own === undefined || isParty ? [] : ['MESSAGE_NOT_FOUND'];
  return {
    request: { method: 'GET', url: `/v1/messages/${sent.id}`, token },
    expectation: {
      refusals: accessFirst(access, [...refusalsOfSpeaking(who, 'read', model), ...foreign]),
      // Who was not given it yet has no part in it.
      maybe: ['MESSAGE_GONE', ...(isParty && own !== sent.from ? ['MESSAGE_NOT_FOUND'] : [])],
    },
  };
};
