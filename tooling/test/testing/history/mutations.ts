import type { Found, HistoryEvent, Leased, Received } from '../../../testing/history/events.js';
import type { Rule } from '../../../testing/history/violation.js';

type Events = readonly HistoryEvent[];
type Kind = HistoryEvent['kind'];

/** What a bus might do wrong: the history of a run in which it did, where the run gives occasion for it. */
export interface Mutation {
  readonly name: string;
  readonly rule: Rule;
  readonly apply: (events: Events, whom: number) => Events | undefined;
}

type Of<K extends Kind> = Extract<HistoryEvent, { readonly kind: K }>;

const of = <K extends Kind>(events: Events, kind: K): readonly Of<K>[] =>
  events.filter((event): event is Of<K> => event.kind === kind);

const pick = <T>(list: readonly T[], whom: number): T | undefined => list[whom % Math.max(1, list.length)];

const without = (events: Events, gone: HistoryEvent | undefined): Events | undefined =>
  gone === undefined ? undefined : events.filter((event) => event !== gone);

const changed = <E extends HistoryEvent>(events: Events, one: E | undefined, change: Partial<E>): Events | undefined =>
  one === undefined ? undefined : events.map((event) => (event === one ? { ...event, ...change } : event));

const withReceipt = (events: Events): readonly Found[] => {
  const received = new Set(of(events, 'receipt').map(({ message }) => message));
  return of(events, 'found').filter(({ message }) => received.has(message));
};

const endOf = (events: Events): number => Math.max(...events.map(({ at }) => at));

const later = (lease: Leased, moment: number, more: Partial<Leased>): Leased => ({
  ...lease,
  from: moment,
  at: moment,
  attempt: lease.attempt + 1,
  by: 'somebody else',
  ...more,
});

const acknowledged = (events: Events) => of(events, 'settled').filter(({ outcome }) => outcome === 'ack');

const stateOf = (found: Found, state: string, reason?: string): Partial<Found> => ({
  deliveries: found.deliveries.map(({ reason: _, ...one }) => ({
    ...one,
    state,
    ...(reason === undefined ? {} : { reason }),
  })),
});

const loss: readonly Mutation[] = [
  {
    name: 'loses what had a receipt',
    rule: 'lost',
    apply: (events, whom) => without(events, pick(withReceipt(events), whom)),
  },
  {
    name: 'has what nobody sent',
    rule: 'invented',
    apply: (events, whom) => {
      const found = pick(of(events, 'found'), whom);
      return events.filter((event) => !(event.kind === 'sending' && event.send === found?.send));
    },
  },
  {
    name: 'forgets an acknowledgement',
    rule: 'acknowledged is final',
    apply: (events, whom) => {
      const ack = pick(acknowledged(events), whom);
      const found = of(events, 'found').find(({ message }) => ack?.delivery === `${message}.0`);
      return found === undefined ? undefined : changed(events, found, stateOf(found, 'queued'));
    },
  },
  {
    name: 'gives again what was acknowledged',
    rule: 'acknowledged is final',
    apply: (events, whom) => {
      const ack = pick(acknowledged(events), whom);
      const lease = of(events, 'leased').find(
        ({ delivery, token }) => ack?.delivery === delivery && ack.token === token,
      );
      return lease && [...events, later(lease, endOf(events) + 1, { token: 1e9 })];
    },
  },
];

const leasing: readonly Mutation[] = [
  {
    name: 'takes a late acknowledgement',
    rule: 'acknowledged is final',
    apply: (events, whom) => {
      const late = pick(of(events, 'settlement-refused'), whom);
      const newer = of(events, 'leased').find(
        ({ delivery, token, at }) => delivery === late?.delivery && token > late.token && at < late.from,
      );
      if (late === undefined || newer === undefined) return undefined;
      const { code: _, ...rest } = late;
      return events.map((event) => (event === late ? { ...rest, kind: 'settled', outcome: 'ack' } : event));
    },
  },
  {
    name: 'gives to two at a time',
    rule: 'one holder',
    apply: (events, whom) => {
      const lease = pick(of(events, 'leased'), whom);
      return lease && [...events, later(lease, lease.at + 0.5, { token: lease.token + 0.5 })];
    },
  },
  {
    name: 'gives under a token twice',
    rule: 'tokens grow',
    apply: (events, whom) => {
      const lease = pick(of(events, 'leased'), whom);
      return lease && [...events, later(lease, endOf(events) + lease.leaseMs, {})];
    },
  },
  {
    name: 'gives under a smaller token',
    rule: 'tokens grow',
    apply: (events, whom) => {
      const lease = pick(of(events, 'leased'), whom);
      return lease && [...events, later(lease, endOf(events) + lease.leaseMs, { token: lease.token - 0.5 })];
    },
  },
  {
    name: 'gives what has expired',
    rule: 'expired',
    apply: (events, whom) => {
      const lease = pick(of(events, 'leased'), whom);
      return lease && changed(events, lease, { expiresAt: lease.wall - 1 });
    },
  },
  {
    name: 'gives the second of a key before the first',
    rule: 'order',
    apply: (events, whom) => {
      const given = new Set(of(events, 'leased').map(({ message }) => message));
      const keyed = of(events, 'found').filter(
        ({ message, orderingKey }) => orderingKey !== undefined && given.has(message),
      );
      const first = pick(keyed, whom);
      const second = keyed.find((other) => other !== first && other.orderingKey === first?.orderingKey);
      if (first === undefined || second === undefined) return undefined;
      return changed(events, first, { leaf: second.leaf })?.map((event) =>
        event === second ? { ...second, leaf: first.leaf } : event,
      );
    },
  },
];

const ordering: readonly Mutation[] = [
  {
    name: 'has the first of a key still to give when it has given the second',
    rule: 'order',
    apply: (events, whom) => {
      const given = new Set(of(events, 'leased').map(({ message }) => message));
      const keyed = of(events, 'found').filter(({ orderingKey }) => orderingKey !== undefined);
      const second = pick(
        keyed.filter(({ message }) => given.has(message)),
        whom,
      );
      const first = keyed.find(
        ({ orderingKey, leaf }) => orderingKey === second?.orderingKey && leaf < (second?.leaf ?? 0),
      );
      return first && changed(events, first, stateOf(first, 'queued'));
    },
  },
];

const keeping: readonly Mutation[] = [
  {
    name: 'takes one key twice',
    rule: 'dedupe',
    apply: (events, whom) => {
      const found = pick(of(events, 'found'), whom);
      return found && [...events, { ...found, message: 'another', leaf: 1e6 }];
    },
  },
  ...(['message', 'leaf'] as const).map(
    (field): Mutation => ({
      name: `answers a repeated key with another ${field}`,
      rule: 'dedupe',
      apply: (events, whom) => {
        const repeated = of(events, 'receipt').filter(({ duplicate }) => duplicate);
        const change: Partial<Received> = field === 'leaf' ? { leaf: 1e6 } : { message: 'another' };
        return changed(events, pick(repeated, whom), change);
      },
    }),
  ),
  {
    name: 'says of a repeated key that it is new',
    rule: 'dedupe',
    apply: (events, whom) => {
      const repeated = of(events, 'receipt').filter(({ duplicate }) => duplicate);
      return changed(events, pick(repeated, whom), { duplicate: false });
    },
  },
  {
    name: 'does not say why a letter is dead',
    rule: 'dead letter',
    apply: (events, whom) => {
      const dead = of(events, 'found').filter(({ deliveries }) => deliveries[0]?.state === 'dead');
      const found = pick(dead, whom);
      return found && changed(events, found, stateOf(found, 'dead', whom % 2 === 0 ? '' : undefined));
    },
  },
  {
    name: 'loses a leaf',
    rule: 'log',
    apply: (events, whom) => {
      const log = of(events, 'log')[0];
      return log && changed(events, log, { gaps: [whom] });
    },
  },
  {
    name: 'is not looked at',
    rule: 'nobody looked',
    apply: (events) => events.filter(({ kind }) => kind !== 'log'),
  },
];

export const mutations: readonly Mutation[] = [...loss, ...leasing, ...ordering, ...keeping];
