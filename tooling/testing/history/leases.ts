import type { Leased } from './events.js';
import type { Run } from './run.js';
import type { Violation } from './violation.js';

/** Whether the first holder may have had to let go before the second one was given it. */
const mayHaveEnded = (first: Leased, second: Leased, run: Run): boolean => {
  if (first.unsure === true || second.at >= first.from + first.leaseMs) return true;
  const isBetween = ({ from, at }: { readonly from: number; readonly at: number }): boolean =>
    at >= first.from && from <= second.at;
  const letGo = run
    .of('settling')
    .some((one) => one.delivery === first.delivery && one.token === first.token && isBetween(one));
  const gone = first.local && run.of('ended').some((one) => one.process === first.by && isBetween(one));
  return letGo || gone || run.of('jumped').some(isBetween);
};

/** No two have one delivery at a time, each under a lease that has not ended. */
export const checkHolders = (run: Run): readonly Violation[] => {
  const wrong: Violation[] = [];
  for (const [delivery, leases] of run.leases) {
    const inOrder = leases.toSorted((left, right) => left.token - right.token);
    for (const [place, second] of inOrder.entries()) {
      const first = inOrder[place - 1];
      if (first !== undefined && !mayHaveEnded(first, second, run)) {
        wrong.push({ rule: 'one holder', text: `${delivery} is ${first.by}’s and ${second.by}’s at a time` });
      }
    }
  }
  return wrong;
};

/** Each lease has a token of its own, greater than those of leases that were given before it was asked for. */
export const checkTokens = (run: Run): readonly Violation[] => {
  const wrong: Violation[] = [];
  for (const [delivery, leases] of run.leases) {
    const tokens = new Set(leases.map(({ token }) => token));
    if (tokens.size < leases.length)
      wrong.push({ rule: 'tokens grow', text: `${delivery} was given under one token twice` });
    let greatest = Number.NEGATIVE_INFINITY;
    // By their answers; one that was asked for after an answer came must have more than all that were answered before.
    for (const lease of leases.toSorted((left, right) => left.at - right.at)) {
      const earlier = leases.filter(({ at }) => at < lease.from).map(({ token }) => token);
      greatest = Math.max(greatest, ...earlier);
      if (earlier.length > 0 && lease.token <= greatest) {
        wrong.push({ rule: 'tokens grow', text: `${delivery} was given under ${lease.token} after ${greatest}` });
      }
    }
  }
  return wrong;
};

/** Who acknowledged in time was the last to have it, and the only one; whoever was late is refused. */
export const checkAcknowledged = (run: Run): readonly Violation[] => {
  const wrong: Violation[] = [];
  const say = (text: string): void => void wrong.push({ rule: 'acknowledged is final', text });
  const states = new Map(
    run.of('found').flatMap(({ deliveries }) => deliveries.map(({ id, state }) => [id, state] as const)),
  );
  const leases = run.leases;
  const settlings = run.settlings;
  for (const [delivery, settled] of run.settled) {
    const acks = settled.filter(({ outcome }) => outcome === 'ack');
    if (new Set(acks.map(({ token }) => token)).size > 1) say(`${delivery} was acknowledged by two`);
    if (acks.length > 0 && states.get(delivery) !== 'delivered') {
      say(`${delivery} was acknowledged and is ${states.get(delivery) ?? 'not there'}`);
    }
    const given = leases.get(delivery) ?? [];
    for (const ack of acks) if (given.some(({ from }) => from > ack.at)) say(`${delivery} was given after its end`);
    for (const { token } of settled) {
      const begun = Math.max(
        ...(settlings.get(delivery) ?? []).filter((one) => one.token === token).map(({ from }) => from),
      );
      const newer = given.find((lease) => lease.token > token && lease.at < begun);
      if (newer !== undefined) say(`${delivery} took what came under ${token} after ${newer.token} was given`);
    }
  }
  return wrong;
};
