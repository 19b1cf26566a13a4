import type { Chooser } from '@charterbus/policy-client/testing';
import { airlineNow } from './plain-replay.js';

/** As many as the length says. */
export const listOf = <T>(length: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length }, (_, index) => make(index));

export interface RawLeg {
  readonly flight_number: string;
  readonly date: string;
}

/** As a tool or a file has it: as JSON, with fields that no rule looks at. */
export interface RawReservation {
  readonly reservation_id: string;
  readonly user_id: string;
  readonly origin: string;
  readonly destination: string;
  readonly flight_type: string;
  readonly cabin: string;
  readonly insurance: string;
  readonly created_at: string;
  readonly total_baggages: number;
  readonly flights: readonly RawLeg[];
  readonly passengers: readonly Readonly<Record<string, string>>[];
}

interface RawUser {
  readonly membership: string;
  readonly payment_methods: Readonly<Record<string, { readonly source: string; readonly id: string }>>;
  readonly reservations: readonly string[];
}

interface RawFlight {
  readonly flight_number: string;
  readonly origin: string;
  readonly destination: string;
  readonly dates: Readonly<Record<string, { readonly status: string }>>;
}

export interface RawWorld {
  readonly reservations: Readonly<Record<string, RawReservation>>;
  readonly users: Readonly<Record<string, RawUser>>;
  readonly flights: Readonly<Record<string, RawFlight>>;
}

export const airports = ['AAA', 'BBB', 'CCC', 'DDD'];
const dates = ['2024-05-14', '2024-05-15', '2024-05-20'];
/** Mostly what has no consequence, so that other reasons are seen too. */
const statuses = ['available', 'available', 'available', 'on time', 'delayed', 'flying', 'landed', 'cancelled'];
const sources = ['certificate', 'credit_card', 'gift_card', 'gift_card'];
const hour = 3600;
/** Seconds before now, close around a day and far from it. */
const ages = [-hour, 0, 1, 23 * hour, 24 * hour - 1, 24 * hour, 24 * hour + 1, 25 * hour, 240 * hour, 9000 * hour];

const passengersOf = (length: number): RawReservation['passengers'] =>
  listOf(length, (index) => ({ first_name: `First${index}`, last_name: 'Last', dob: '1980-01-01' }));

export const randomPassengers = (chooser: Chooser, atMost = 7): RawReservation['passengers'] =>
  passengersOf(chooser.below(atMost + 1));

export const randomCreation = (chooser: Chooser): string =>
  new Date(airlineNow - chooser.pick(ages) * 1000).toISOString().slice(0, 19);

export const randomCabin = (chooser: Chooser): string =>
  chooser.pick(['basic_economy', 'basic_economy', 'economy', 'economy', 'business']);

/** Flights from one place to the next, as far as there are any. */
export const routeOf = (
  chooser: Chooser,
  world: Pick<RawWorld, 'flights'>,
  places: readonly string[],
): readonly RawLeg[] =>
  places.slice(1).flatMap((destination, index) => {
    const flights = Object.values(world.flights).filter(
      (flight) => flight.origin === places[index] && flight.destination === destination,
    );
    return flights.length === 0
      ? []
      : [{ flight_number: chooser.pick(flights).flight_number, date: chooser.pick(dates) }];
  });

export const randomLeg = (chooser: Chooser, world: Pick<RawWorld, 'flights'>): RawLeg => ({
  flight_number: chooser.pick(Object.keys(world.flights)),
  date: chooser.pick([...dates, '2024-06-30']),
});

/** Places of a trip of its type, now and then with a stop on the way. */
export const placesOf = (
  chooser: Chooser,
  { origin, destination, flight_type }: Pick<RawReservation, 'origin' | 'destination' | 'flight_type'>,
): readonly string[] => {
  const there = chooser.once(3) ? [origin, chooser.pick(airports), destination] : [origin, destination];
  return flight_type === 'round_trip' ? [...there, origin] : there;
};

const randomFlights = (chooser: Chooser): RawWorld['flights'] =>
  Object.fromEntries(
    listOf(36, (index) => {
      // Each pair of places at least once, then any.
      const origin = airports[index % 4] ?? 'AAA';
      const destination = airports[(index + 1 + (Math.floor(index / 4) % 3)) % 4] ?? 'BBB';
      const flight_number = `FL${index}`;
      const states = dates.map((date) => [date, { status: chooser.pick(statuses) }] as const);
      return [flight_number, { flight_number, origin, destination, dates: Object.fromEntries(states) }];
    }),
  );

const randomReservation = (
  chooser: Chooser,
  world: Pick<RawWorld, 'flights'>,
  reservation_id: string,
  user_id: string,
): RawReservation => {
  const origin = chooser.pick(airports);
  const destination = chooser.once(12) ? origin : chooser.pick(airports.filter((airport) => airport !== origin));
  const flight_type = chooser.once(20) ? 'multi_city' : chooser.pick(['one_way', 'round_trip']);
  const trip = { origin, destination, flight_type };
  return {
    reservation_id,
    user_id,
    ...trip,
    cabin: randomCabin(chooser),
    insurance: chooser.pick(['no', 'no', 'yes']),
    created_at: randomCreation(chooser),
    total_baggages: chooser.below(5),
    flights: chooser.once(8) ? [randomLeg(chooser, world)] : routeOf(chooser, world, placesOf(chooser, trip)),
    passengers: passengersOf(1 + chooser.below(5)),
  };
};

const randomUser = (chooser: Chooser, user: number, reservations: readonly string[]): RawUser => {
  const methods = listOf(chooser.below(9), (index) => {
    const source = chooser.pick(sources);
    const id = `${source}_${user}_${index}`;
    return [id, { source, id }] as const;
  });
  return {
    membership: chooser.pick(['regular', 'regular', 'silver', 'gold']),
    payment_methods: Object.fromEntries(methods),
    reservations,
  };
};

/** An airline of 200 customers, with up to three reservations each, in which every rule has something to say. */
export const randomWorld = (chooser: Chooser): RawWorld => {
  const flights = randomFlights(chooser);
  const reservations: Record<string, RawReservation> = {};
  const users: Record<string, RawUser> = {};
  for (let user = 0; user < 200; user += 1) {
    const ids = listOf(chooser.below(4), (index) => `RES${user}N${index}`);
    for (const id of ids) reservations[id] = randomReservation(chooser, { flights }, id, `user_${user}`);
    // Now and then a profile names a reservation that nobody has.
    users[`user_${user}`] = randomUser(chooser, user, chooser.once(25) ? [...ids, 'GONE'] : ids);
  }
  return { reservations, users, flights };
};
