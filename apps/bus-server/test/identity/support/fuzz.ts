import { operatorToken } from '../../support/server-bench.js';
import { type Attempt, type Draw, drawToken, judgeAnswer } from './attempt.js';
import {
  change,
  decide,
  halt,
  heartbeat,
  issue,
  look,
  overwrite,
  revoke,
  rotate,
  survey,
  unregister,
} from './identities.js';
import { leakIn } from './leaks.js';
import { claim, publish, send, settle, subscribe, subscriptions, trace } from './messaging.js';
import { challenge, openSession, reregister } from './proofs.js';
import { addJwts, addPerson, type Mutation, openWorld, type World } from './world.js';

/** How often each is drawn, of a hundred or so. */
const draws: readonly (readonly [string, number, Draw])[] = [
  ['send', 14, send],
  ['publish', 5, publish],
  ['claim', 12, claim],
  ['settle', 10, settle],
  ['subscribe', 5, subscribe],
  ['subscriptions', 3, subscriptions],
  ['trace', 10, trace],
  ['look', 9, look],
  ['heartbeat', 3, heartbeat],
  ['rotate', 7, rotate],
  ['revoke', 5, revoke],
  ['issue', 6, issue],
  ['decide', 4, decide],
  ['change', 2, change],
  ['unregister', 2, unregister],
  ['overwrite', 2, overwrite],
  ['halt', 3, halt],
  ['survey', 3, survey],
  ['challenge', 5, challenge],
  ['open a session', 6, openSession],
  ['reregister', 3, reregister],
];

const deck = draws.flatMap(([name, weight, draw]) => Array.from({ length: weight }, () => ({ name, draw })));

/** What the operator alone may do is tried by the operator more often than chance has it. */
const forOperator: ReadonlySet<string> = new Set(['issue', 'decide', 'halt', 'unregister', 'change']);

export interface Report {
  /** What went wrong, first of all; nothing where all is well. */
  readonly fault: string | undefined;
  /** How often each kind of attempt succeeded and was refused. */
  readonly outcomes: ReadonlyMap<string, { succeeded: number; refused: number }>;
  readonly requests: number;
  readonly log: string;
  readonly secrets: readonly string[];
}

export interface FuzzOptions {
  readonly mutation?: Mutation;
  readonly isOver: (requests: number) => boolean;
  /** Which faults end it. Default: any. */
  readonly counts?: (fault: string) => boolean;
}

const draw = (world: World): Attempt | undefined => {
  const { random, model } = world;
  const { name, draw: drawn } = random.of(deck);
  const isOperators = forOperator.has(name) && random.chance(50);
  const token = isOperators ? operatorToken : drawToken(world);
  const who = model.who(token, operatorToken);
  const attempt = drawn(world, token, who);
  return attempt === undefined ? undefined : { name, who, ...attempt };
};

/** Time goes by, and whoever is gone comes back as somebody else. */
const goOn = async (world: World): Promise<void> => {
  const { random, model, clock } = world;
  if (random.chance(20)) clock.advance(1000 * (1 + random.below(15)));
  for (const { tenant, id, isThere } of model.people.slice()) {
    if (isThere || model.current(tenant, id) !== undefined || random.chance(90)) continue;
    await addPerson(world, tenant, id);
    await addJwts(world, tenant, id);
  }
};

const tally = (outcomes: Map<string, { succeeded: number; refused: number }>, name: string, status: number): void => {
  const counts = outcomes.get(name) ?? { succeeded: 0, refused: 0 };
  outcomes.set(name, counts);
  if (status < 300) counts.succeeded += 1;
  else counts.refused += 1;
};

/** Speaks as everybody about everything until something is wrong, or enough was tried. */
export const fuzz = async (seed: number, { mutation, isOver, counts = () => true }: FuzzOptions): Promise<Report> => {
  const world = await openWorld(seed, mutation);
  await using _bench = world.bench;
  const outcomes = new Map<string, { succeeded: number; refused: number }>();
  let [requests, fault] = [0, undefined as string | undefined];
  while (fault === undefined && !isOver(requests)) {
    await goOn(world);
    const attempt = draw(world);
    if (attempt === undefined) continue;
    const answer = await world.speak(attempt.request);
    requests += 1;
    tally(outcomes, attempt.name, answer.status);
    const wrong = judgeAnswer(attempt, answer) ?? leakIn(attempt, answer, world.model);
    if (wrong !== undefined && counts(wrong))
      fault = `seed ${seed}, request ${requests}, ${attempt.name} as ${told(attempt)}: ${wrong}`;
  }
  const secrets = [operatorToken, ...world.junk, ...world.model.secrets.map(({ token }) => token)];
  return { fault, outcomes, requests, log: world.log.join(''), secrets };
};

const told = ({ who }: Attempt): string => {
  if (who.kind !== 'agent') return who.kind;
  const { person, secret } = who;
  return `${person.tenant}/${person.id} by a ${secret.kind} for ${secret.scopes?.join(' ') ?? 'everything'}`;
};
