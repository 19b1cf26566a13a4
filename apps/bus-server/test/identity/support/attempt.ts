import type { Scope } from '@charterbus/bus';
import { type Answer, operatorToken, refusalIn } from '../../support/server-bench.js';
import type { Model, Person, Secret, Who } from './model.js';
import { ids, type Request, tenants, type World } from './world.js';

/** What the oracle says of a request. */
interface Expectation {
  /** Why it must be refused: one of these is the answer. None: it must succeed. */
  readonly refusals: readonly string[];
  /** What it may be refused for beside. */
  readonly maybe?: readonly string[];
  /** What follows from its success; tells what is wrong with the answer. */
  readonly follows?: (answer: Answer) => string | undefined | void;
  /** Who speaks by a proof, whatever token is shown beside it. */
  readonly provenBy?: Person | undefined;
  /** Whether a token may stand in the answer. */
  readonly mints?: boolean;
}

export interface Attempt {
  readonly name: string;
  readonly request: Request;
  readonly who: Who;
  readonly expectation: Expectation;
}

export type Draw = (world: World, token: string | undefined, who: Who) => Omit<Attempt, 'name' | 'who'> | undefined;

/** Why whoever shows the token may not call a route at all. */
export const refusalsOfAccess = (who: Who, access: 'agent' | 'operator' | 'either'): readonly string[] => {
  if (who.kind === 'nobody') return ['CREDENTIAL_REFUSED'];
  if (who.kind === 'quarantined') return ['AGENT_QUARANTINED'];
  if (access === 'operator' && who.kind === 'agent') return ['OPERATOR_REQUIRED'];
  return access === 'agent' && who.kind === 'operator' ? ['AGENT_REQUIRED'] : [];
};

/** Whoever may not call a route is told that and nothing else. */
export const accessFirst = (access: readonly string[], others: readonly string[]): readonly string[] =>
  access.length > 0 ? access : others;

/** Why an agent's credential does not do, or the agent is stopped. */
export const refusalsOfSpeaking = (who: Who, scope: Scope, model: Model): readonly string[] => {
  if (who.kind !== 'agent') return [];
  const { scopes } = who.secret;
  const limited = scopes === undefined || scopes.includes(scope) ? [] : ['SCOPE_REQUIRED'];
  return scope !== 'read' && model.isHalted(who.person) ? [...limited, 'HALT_IN_FORCE'] : limited;
};

export interface Named {
  readonly id: string;
  readonly tenant: string | undefined;
  readonly path: string;
  readonly query: string;
}

/** An agent as a request names it: whichever, wherever, or nobody. */
export const drawName = ({ random }: World, own?: Person): Named => {
  const isOwn = own !== undefined && random.chance(50);
  const id = isOwn ? own.id : random.of([...ids, 'nobody']);
  const stated = isOwn ? own.tenant : random.of([...tenants, 'umbrella']);
  const tenant = random.chance(70) ? stated : undefined;
  return { id, tenant, path: `/v1/agents/${id}`, query: tenant === undefined ? '' : `?tenant=${tenant}` };
};

/** Whom a path means to whoever asks, or why it is refused. */
export const meant = (
  who: Who,
  { id, tenant }: Named,
  model: Model,
): { readonly person: Person | undefined; readonly refusals: readonly string[] } => {
  if (who.kind === 'agent') {
    const isItself = who.person.id === id && (tenant ?? who.person.tenant) === who.person.tenant;
    return { person: isItself ? who.person : undefined, refusals: isItself ? [] : ['OPERATOR_REQUIRED'] };
  }
  const found = tenant === undefined ? model.named(id) : [model.current(tenant, id)].filter((one) => one !== undefined);
  if (found.length > 1) return { person: undefined, refusals: ['AGENT_AMBIGUOUS'] };
  return { person: found[0], refusals: found.length === 0 ? ['AGENT_NOT_REGISTERED'] : [] };
};

const garbled = (token: string, world: World): string => {
  const { random } = world;
  const at = 4 + random.below(token.length - 5);
  const other = token[at] === 'A' ? 'B' : 'A';
  return random.of([
    token.slice(0, -1),
    `${token}A`,
    token.slice(0, at) + other + token.slice(at + 1),
    token.replaceAll(/[A-Za-z]/g, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase())),
    token.replace(/^cb[as]_/, (prefix) => (prefix === 'cba_' ? 'cbs_' : 'cba_')),
  ]);
};

/** A token of any sort: good ones, those of others, ended ones, and what only looks like one. */
export const drawToken = (world: World): string | undefined => {
  const { random, model, junk } = world;
  const roll = random.below(100);
  if (roll < 3) return undefined;
  if (roll < 10) return random.of(junk);
  if (roll < 20) return operatorToken;
  const secret: Secret = random.of(model.secrets);
  if (roll >= 30) return roll < 70 ? (random.of(good(model)) ?? secret).token : secret.token;
  const other = garbled(secret.token, world);
  // Some changes of the last letter of Base64 mean the same bytes; a token is compared as it is written.
  return secret.kind === 'jwt' ? other.slice(0, -5) : other;
};

const good = (model: Model): readonly Secret[] =>
  model.secrets.filter(({ token }) => model.who(token, operatorToken).kind === 'agent');

/** What is wrong with an answer to an attempt. */
export const judgeAnswer = ({ expectation, request }: Attempt, answer: Answer): string | undefined => {
  const { refusals, maybe = [], follows } = expectation;
  const told = `${request.method} ${request.url}: ${answer.status} ${answer.text.slice(0, 300)}`;
  if (answer.status < 300) {
    if (refusals.length > 0) return `succeeded, where ${refusals.join(' or ')} was due: ${told}`;
    const wrong = follows?.(answer);
    return typeof wrong === 'string' ? `${wrong}: ${told}` : undefined;
  }
  const code = refusalIn(answer);
  if ([...refusals, ...maybe].includes(code)) return undefined;
  return `refused with ${code}, where ${refusals.join(' or ') || 'success'} was due: ${told}`;
};
