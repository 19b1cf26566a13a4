import type { Found, Received } from './events.js';
import type { Run } from './run.js';
import type { Violation } from './violation.js';

/** What had a receipt is there, and what is there was sent. */
export const checkLost = (run: Run): readonly Violation[] => {
  const sent = new Set(run.of('sending').map(({ send }) => send));
  const lost = run
    .of('receipt')
    .filter(({ message }) => !run.found.has(message))
    .map(({ message, send }): Violation => ({ rule: 'lost', text: `${message} (${send}) had a receipt` }));
  const invented = run
    .of('found')
    .filter(({ send }) => !sent.has(send))
    .map(({ message, send }): Violation => ({ rule: 'invented', text: `${message} (${send}) was sent by nobody` }));
  return [...lost, ...invented];
};

const differing = (values: Iterable<unknown>): boolean => new Set(values).size > 1;

/** What is wrong with the receipts of one key. */
const wrongReceipts = (send: string, receipts: readonly Received[], run: Run): readonly string[] => {
  const wrong: string[] = [];
  const [first] = receipts;
  const found = run.found.get(first?.message ?? '');
  if (differing(receipts.map(({ message }) => message))) wrong.push(`${send} has receipts of several messages`);
  if (differing(receipts.map(({ leaf }) => leaf))) wrong.push(`${send} has receipts of several leaves`);
  if (receipts.filter(({ duplicate }) => !duplicate).length > 1) wrong.push(`${send} was new more than once`);
  if (found !== undefined && found.leaf !== first?.leaf) wrong.push(`${send} is at ${found.leaf}, unlike its receipt`);
  if (found !== undefined && found.send !== send) wrong.push(`${send} has the receipt of ${found.send}`);
  return wrong;
};

/** One message for each key, and every receipt speaks of it; by a clock that was set since, the window may have ended. */
export const checkDedupe = (run: Run): readonly Violation[] => {
  const lastJump = Math.max(...run.of('jumped').map(({ at }) => at));
  const doubtful = new Set(run.of('sending').flatMap(({ send, from }) => (from <= lastJump ? [send] : [])));
  const receipts = [...Map.groupBy(run.of('receipt'), ({ send }) => send)].filter(([send]) => !doubtful.has(send));
  const messages = [...Map.groupBy(run.of('found'), ({ send }) => send)].filter(([send]) => !doubtful.has(send));
  return [
    ...receipts.flatMap(([send, list]) => wrongReceipts(send, list, run)),
    ...messages
      .filter(([, list]) => list.length > 1)
      .map(([send, list]) => `${send} is there as ${list.map(({ message }) => message).join(', ')}`),
  ].map((text): Violation => ({ rule: 'dedupe', text }));
};

/** A dead letter says why, and it was tried before it had no more attempts. */
export const checkDeadLetters = (run: Run): readonly Violation[] =>
  run
    .of('found')
    .flatMap(({ deliveries }) => deliveries)
    .filter(({ state, reason }) => state === 'dead' && (reason ?? '') === '')
    .map(({ id }): Violation => ({ rule: 'dead letter', text: `${id} is dead without a reason` }));

export const checkLog = (run: Run): readonly Violation[] =>
  run
    .of('log')
    .filter(({ gaps }) => gaps.length > 0)
    .map(
      ({ gaps, leaves }): Violation => ({ rule: 'log', text: `of ${leaves} leaves ${gaps.join(', ')} are not there` }),
    );

/** Nothing is given by a clock that is past its expiry. */
export const checkExpired = (run: Run): readonly Violation[] =>
  run
    .of('leased')
    .filter(({ expiresAt, wall }) => expiresAt !== undefined && wall > expiresAt)
    .map(({ delivery }): Violation => ({ rule: 'expired', text: `${delivery} was given after its expiry` }));

interface Place {
  readonly lane: string;
  readonly id: string;
  readonly leaf: number;
  readonly unfinished: boolean;
}

/** The deliveries of each key and recipient, in the order of the log. */
const lanesOf = (run: Run): ReadonlyMap<string, readonly Place[]> => {
  const places = run.of('found').flatMap(({ orderingKey, leaf, deliveries }: Found) =>
    deliveries.flatMap(({ id, recipient, state }): readonly Place[] => {
      if (orderingKey === undefined) return [];
      return [{ lane: `${recipient} ${orderingKey}`, id, leaf, unfinished: state !== 'delivered' && state !== 'dead' }];
    }),
  );
  const inOrder = places.toSorted((left, right) => left.leaf - right.leaf);
  return Map.groupBy(inOrder, ({ lane }) => lane);
};

/** Of one key and recipient, nothing is given before what came earlier has ended, and nothing that came earlier is after it. */
export const checkOrder = (run: Run): readonly Violation[] => {
  const leases = run.leases;
  const settlings = run.settlings;
  const settled = run.settled;
  const wrong: Violation[] = [];
  for (const [lane, places] of lanesOf(run)) {
    let last = { id: '', moment: Number.NEGATIVE_INFINITY };
    for (const { id, unfinished } of places) {
      const given = leases.get(id) ?? [];
      const first = Math.min(...given.map(({ at }) => at));
      if (last.moment > first)
        wrong.push({ rule: 'order', text: `${id} of ${lane} was given before the end of ${last.id}` });
      const kept = new Set((settled.get(id) ?? []).map(({ token }) => token));
      const ends = (settlings.get(id) ?? []).filter(({ token, outcome }) => outcome !== 'nack' && kept.has(token));
      const end = unfinished ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
      const moment = Math.max(end, ...given.map(({ from }) => from), ...ends.map(({ from }) => from));
      if (moment > last.moment) last = { id, moment };
    }
  }
  return wrong;
};
