import type { z } from 'zod';
import {
  type AirlineWorld,
  argumentSchemas,
  type Flight,
  type Leg,
  type Reservation,
  type User,
  type WritingTool,
} from './airline-world.js';

/**
 * The airline's rules R1 to R8 in plain TypeScript, word for word as they were written down: what the constitution is
 * compared with. It knows neither CEL nor Cedar.
 */
type Rule = 'R1' | 'R2' | 'R3' | 'R4' | 'R5' | 'R6' | 'R7' | 'R8';

export interface PlainVerdict {
  readonly verdict: 'allow' | 'deny';
  /** In their order. None where a call is denied because it names nothing that is known, or is no proper call. */
  readonly rules: readonly Rule[];
}

/** The airline at one moment of a conversation. */
export interface PlainState extends AirlineWorld {
  /** The moment, in milliseconds since the epoch. */
  readonly now: number;
  /** What the latest tool result of the conversation said of a reservation; `unreadable` if it was none. */
  readonly observed: ReadonlyMap<string, Reservation | 'unreadable'>;
}

type Arguments<Tool extends WritingTool> = z.output<(typeof argumentSchemas)[Tool]>;
type Broken = Readonly<Partial<Record<Rule, boolean>>>;

/** Something that a rule needs is not known, so that nobody can say that it was kept. */
class Unknown extends Error {
  override readonly name = 'Unknown';
}

const known = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Unknown();
  return value;
};

const reservationOf = (state: PlainState, id: string): Reservation => {
  const row = known(state.observed.get(id) ?? state.reservations.get(id));
  if (row === 'unreadable') throw new Unknown();
  return row;
};

const statusOf = (state: PlainState, { flight_number, date }: Leg): string | undefined =>
  state.flights.get(flight_number)?.dates.get(date)?.status;

const day = 24 * 60 * 60 * 1000;

const cancel = ({ reservation_id }: Arguments<'cancel_reservation'>, state: PlainState): Broken => {
  const { created_at, flights, cabin, insurance } = reservationOf(state, reservation_id);
  const bookedAt = Date.parse(`${created_at}Z`);
  if (Number.isNaN(bookedAt)) throw new Unknown();
  const statuses = flights.map((leg) => statusOf(state, leg));
  const mayCancel =
    state.now - bookedAt <= day || statuses.includes('cancelled') || cabin === 'business' || insurance === 'yes';
  return { R1: !mayCancel, R2: statuses.includes('flying') || statuses.includes('landed') };
};

const sameLegs = (left: readonly Leg[], right: readonly Leg[]): boolean =>
  left.length === right.length &&
  left.every((leg, index) => leg.flight_number === right[index]?.flight_number && leg.date === right[index].date);

const keepsRoute = (
  { origin, destination, flight_type }: Reservation,
  legs: readonly (Flight | undefined)[],
): boolean => {
  const flown = legs.filter((leg) => leg !== undefined);
  const last = flown.at(-1);
  if (last === undefined || flown.length < legs.length || flown[0]?.origin !== origin) return false;
  if (flight_type === 'one_way') return last.destination === destination;
  if (flight_type === 'round_trip')
    return last.destination === origin && flown.some((leg) => leg.destination === destination);
  return false;
};

const changeFlights = (args: Arguments<'update_reservation_flights'>, state: PlainState): Broken => {
  const reservation = reservationOf(state, args.reservation_id);
  return {
    R3: reservation.cabin === 'basic_economy' && !sameLegs(args.flights, reservation.flights),
    R4: !keepsRoute(
      reservation,
      args.flights.map(({ flight_number }) => state.flights.get(flight_number)),
    ),
  };
};

const most: Readonly<Record<string, number>> = { certificate: 1, credit_card: 1, gift_card: 3 };

const book = ({ user_id, passengers, payment_methods }: Arguments<'book_reservation'>, state: PlainState): Broken => {
  const profile = known(state.users.get(user_id)).payment_methods;
  const sources = payment_methods.map(({ payment_id }) => profile.get(payment_id)?.source);
  const tooMany = Object.entries(most).some(
    ([source, limit]) => sources.filter((each) => each === source).length > limit,
  );
  return { R6: passengers.length > 5 || tooMany || sources.includes(undefined) };
};

const changeBags = (args: Arguments<'update_reservation_baggages'>, state: PlainState): Broken => ({
  R5: args.total_baggages < reservationOf(state, args.reservation_id).total_baggages,
});

const changePassengers = (args: Arguments<'update_reservation_passengers'>, state: PlainState): Broken => ({
  R7: args.passengers.length !== reservationOf(state, args.reservation_id).passengers.length,
});

const certificate = ({ user_id, amount }: Arguments<'send_certificate'>, state: PlainState): Broken => {
  const user: User = known(state.users.get(user_id));
  const reservations = user.reservations.map((id) => reservationOf(state, id));
  const largest = Math.max(0, ...reservations.map(({ passengers }) => passengers.length));
  const entitled =
    user.membership !== 'regular' ||
    reservations.some(({ cabin, insurance }) => insurance === 'yes' || cabin === 'business');
  return { R8: !entitled || amount > 100 * largest };
};

const brokenBy = (tool: WritingTool, args: unknown, state: PlainState): Broken => {
  switch (tool) {
    case 'book_reservation':
      return book(argumentSchemas[tool].parse(args), state);
    case 'cancel_reservation':
      return cancel(argumentSchemas[tool].parse(args), state);
    case 'update_reservation_flights':
      return changeFlights(argumentSchemas[tool].parse(args), state);
    case 'update_reservation_baggages':
      return changeBags(argumentSchemas[tool].parse(args), state);
    case 'update_reservation_passengers':
      return changePassengers(argumentSchemas[tool].parse(args), state);
    case 'send_certificate':
      return certificate(argumentSchemas[tool].parse(args), state);
  }
};

export const plainVerdict = (tool: WritingTool, args: unknown, state: PlainState): PlainVerdict => {
  if (!argumentSchemas[tool].safeParse(args).success) return { verdict: 'deny', rules: [] };
  try {
    const broken = brokenBy(tool, args, state);
    const rules = (Object.keys(broken) as Rule[]).filter((rule) => broken[rule]).toSorted();
    return { verdict: rules.length === 0 ? 'allow' : 'deny', rules };
  } catch (error) {
    if (error instanceof Unknown) return { verdict: 'deny', rules: [] };
    throw error;
  }
};
