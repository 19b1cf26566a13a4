import type { Chooser } from '@charterbus/policy-client/testing';
import { type WritingTool, writingTools } from './airline-world.js';
import {
  airports,
  listOf,
  placesOf,
  type RawLeg,
  type RawReservation,
  type RawWorld,
  randomCabin,
  randomCreation,
  randomLeg,
  randomPassengers,
  routeOf,
} from './random-world.js';

/** A result of a tool, as the conversation has it before the call. */
interface RandomResult {
  readonly tool: string;
  readonly result: unknown;
}

export interface RandomCall {
  readonly before: readonly RandomResult[];
  readonly tool: WritingTool;
  readonly args: unknown;
}

type Arguments = Readonly<Record<string, unknown>>;
type ProperCall = RandomCall & { readonly args: Arguments };

const tellers = [
  'get_reservation_details',
  'book_reservation',
  'cancel_reservation',
  'update_reservation_flights',
  'update_reservation_baggages',
  'update_reservation_passengers',
];

const strangeIds = ['NONE', '', 'constructor', '__proto__', 'toString', ' RES0N0'];

const anyone = (world: RawWorld): RawReservation => {
  const [row] = Object.values(world.reservations);
  if (row === undefined) throw new TypeError('A world without reservations has no calls.');
  return row;
};

const reservationOf = (world: RawWorld, id: string): RawReservation =>
  Object.hasOwn(world.reservations, id) ? (world.reservations[id] ?? anyone(world)) : anyone(world);

/** The reservation as it may have become in a conversation. */
const changed = (chooser: Chooser, world: RawWorld, row: RawReservation): RawReservation => {
  const part: Readonly<Record<string, () => Partial<RawReservation>>> = {
    cabin: () => ({ cabin: randomCabin(chooser) }),
    insurance: () => ({ insurance: chooser.pick(['yes', 'no']) }),
    created_at: () => ({ created_at: randomCreation(chooser) }),
    bags: () => ({ total_baggages: chooser.below(6) }),
    flights: () => ({ flights: routeOf(chooser, world, placesOf(chooser, row)) }),
    passengers: () => ({ passengers: randomPassengers(chooser) }),
  };
  const changes = listOf(1 + chooser.below(3), () => part[chooser.pick(Object.keys(part))]?.() ?? {});
  return Object.assign({}, row, ...changes) as RawReservation;
};

/** A row that is none: something is missing or of another type. */
const broken = (chooser: Chooser, row: RawReservation): unknown => {
  const field = chooser.pick(['flights', 'passengers', 'total_baggages', 'cabin', 'created_at', 'insurance'] as const);
  const { [field]: _, ...rest } = row;
  return chooser.once(2) ? rest : { ...rest, [field]: chooser.pick([null, 7.5, {}, [{ flight_number: 1 }]]) };
};

const randomResult = (chooser: Chooser, world: RawWorld, about: RawReservation): RandomResult => {
  const tool = chooser.pick(tellers);
  if (chooser.once(15)) return { tool, result: 'Error: not now' };
  const row = changed(chooser, world, about);
  // Nobody believes tools that are not there for it.
  if (chooser.once(10)) return { tool: chooser.pick(['think', 'send_certificate', 'search']), result: row };
  return { tool, result: chooser.once(25) ? broken(chooser, row) : row };
};

const randomResults = (chooser: Chooser, world: RawWorld, ids: readonly string[]): readonly RandomResult[] =>
  ids
    .filter(() => chooser.once(2))
    .flatMap((id) => {
      const about = { ...reservationOf(world, id), reservation_id: id };
      return listOf(1 + chooser.below(2), () => randomResult(chooser, world, about));
    });

const unknownLeg = (chooser: Chooser): RawLeg => ({ flight_number: chooser.pick(strangeIds), date: '2024-05-20' });

/** Other flights for a reservation: most of them make the same trip. */
const randomRoute = (chooser: Chooser, world: RawWorld, row: RawReservation): readonly RawLeg[] => {
  const { flights } = row;
  switch (chooser.below(12)) {
    case 0:
      return flights;
    case 1:
      return flights.map((leg) => ({ ...leg, date: chooser.once(2) ? leg.date : '2024-05-21' }));
    case 2:
      return flights.toReversed();
    case 3:
      return flights.slice(chooser.below(2), flights.length - chooser.below(2));
    case 4:
      return [...flights, randomLeg(chooser, world)];
    case 5:
      return listOf(chooser.below(4), () => randomLeg(chooser, world));
    case 6:
      return flights.map((leg) => (chooser.once(2) ? leg : unknownLeg(chooser)));
    case 7:
      return flights.toSpliced(chooser.below(flights.length + 1), 0, unknownLeg(chooser));
    case 8:
      return routeOf(chooser, world, [row.origin, chooser.pick(airports), row.origin]);
    default:
      return routeOf(chooser, world, placesOf(chooser, row));
  }
};

const randomPayments = (chooser: Chooser, world: RawWorld, user: string): unknown => {
  const own = Object.keys(world.users[user]?.payment_methods ?? {});
  const others = Object.keys(chooser.pick(Object.values(world.users)).payment_methods);
  // Small sets, so that all of a kind are within the limits now and then; the same one may be there twice.
  return listOf(chooser.below(6), () => ({
    payment_id: chooser.once(25) || own.length === 0 ? chooser.pick([...strangeIds, ...others]) : chooser.pick(own),
    amount: chooser.below(500),
  }));
};

const amountsAround = (chooser: Chooser): number =>
  100 * chooser.below(7) + chooser.pick([0, 0, 0, 1, -1, 0.01, -0.01, 0.5, 1e-9]);

const argumentsFor: Readonly<
  Record<WritingTool, (chooser: Chooser, world: RawWorld, row: RawReservation) => Readonly<Record<string, unknown>>>
> = {
  cancel_reservation: () => ({}),
  update_reservation_flights: (chooser, world, row) => ({
    cabin: randomCabin(chooser),
    flights: randomRoute(chooser, world, row),
    payment_id: 'credit_card_0_0',
  }),
  update_reservation_baggages: (chooser, _world, row) => ({
    total_baggages: Math.max(0, row.total_baggages + chooser.below(4) - 2),
    nonfree_baggages: 0,
  }),
  update_reservation_passengers: (chooser, _world, row) => ({
    passengers: chooser.once(2) ? row.passengers : randomPassengers(chooser),
  }),
  book_reservation: (chooser, world, row) => ({
    user_id: row.user_id,
    passengers: randomPassengers(chooser),
    payment_methods: randomPayments(chooser, world, row.user_id),
    cabin: 'economy',
  }),
  send_certificate: (chooser) => ({ amount: amountsAround(chooser) }),
};

const wrongValues: readonly unknown[] = [null, 'abc', 3.5, true, [], {}, ['abc'], [null], '3', [[]], [{ date: 5 }]];

/** The arguments with one of them missing or of some type, which may be the right one; or no arguments at all. */
const mistyped = (chooser: Chooser, args: Arguments): unknown => {
  const field = chooser.pick(Object.keys(args));
  const { [field]: _, ...rest } = args;
  if (chooser.once(6)) return chooser.pick([null, 'cancel it', [], 7]);
  return chooser.once(3) ? rest : { ...rest, [field]: chooser.pick(wrongValues) };
};

const callOfUser = (chooser: Chooser, world: RawWorld, tool: WritingTool, user_id: string): ProperCall => {
  const before = randomResults(chooser, world, world.users[user_id]?.reservations ?? []);
  const args = { user_id, ...argumentsFor[tool](chooser, world, { ...anyone(world), user_id }) };
  return { before, tool, args: chooser.once(30) ? { ...args, user_id: chooser.pick(strangeIds) } : args };
};

const callOnReservation = (
  chooser: Chooser,
  world: RawWorld,
  tool: WritingTool,
  reservation_id: string,
): ProperCall => {
  const row = { ...reservationOf(world, reservation_id), reservation_id };
  const before = randomResults(chooser, world, [reservation_id]);
  return { before, tool, args: { reservation_id, ...argumentsFor[tool](chooser, world, row) } };
};

/** One writing call with what its conversation knows, most of them proper, many close to a rule's edge. */
export const randomCall = (chooser: Chooser, world: RawWorld): RandomCall => {
  const tool = chooser.pick(writingTools);
  const known = chooser.pick(Object.keys(world.reservations));
  const call =
    tool === 'send_certificate' || tool === 'book_reservation'
      ? callOfUser(chooser, world, tool, chooser.pick(Object.keys(world.users)))
      : callOnReservation(chooser, world, tool, chooser.once(25) ? chooser.pick(strangeIds) : known);
  return chooser.once(15) ? { ...call, args: mistyped(chooser, call.args) } : call;
};
