import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** An object as a map, so that no key is mistaken for what every object has. */
const mapOf = <Value>(value: z.ZodType<Value>) =>
  z.record(z.string(), value).transform((rows): ReadonlyMap<string, Value> => new Map(Object.entries(rows)));

/** What can be looked up: the shape of the airline's data, as far as a rule looks at it. */
const legSchema = z.object({ flight_number: z.string(), date: z.string() });
const passengersSchema = z.array(z.record(z.string(), z.unknown()));

export const reservationSchema = z.object({
  reservation_id: z.string(),
  origin: z.string(),
  destination: z.string(),
  flight_type: z.string(),
  cabin: z.string(),
  insurance: z.string(),
  created_at: z.string(),
  total_baggages: z.int(),
  flights: z.array(legSchema),
  passengers: passengersSchema,
});

const userSchema = z.object({
  membership: z.string(),
  payment_methods: mapOf(z.object({ source: z.string() })),
  reservations: z.array(z.string()),
});

const flightSchema = z.object({
  origin: z.string(),
  destination: z.string(),
  dates: mapOf(z.object({ status: z.string() })),
});

export type Leg = z.output<typeof legSchema>;
export type Reservation = z.output<typeof reservationSchema>;
export type User = z.output<typeof userSchema>;
export type Flight = z.output<typeof flightSchema>;

/** The airline before a conversation. */
export interface AirlineWorld {
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly users: ReadonlyMap<string, User>;
  readonly flights: ReadonlyMap<string, Flight>;
}

/** The arguments of the writing calls, as far as a rule looks at them. */
export const argumentSchemas = {
  book_reservation: z.object({
    user_id: z.string(),
    passengers: passengersSchema,
    payment_methods: z.array(z.object({ payment_id: z.string() })),
  }),
  cancel_reservation: z.object({ reservation_id: z.string() }),
  update_reservation_flights: z.object({ reservation_id: z.string(), flights: z.array(legSchema) }),
  update_reservation_baggages: z.object({ reservation_id: z.string(), total_baggages: z.int() }),
  update_reservation_passengers: z.object({ reservation_id: z.string(), passengers: passengersSchema }),
  send_certificate: z.object({ user_id: z.string(), amount: z.number() }),
} as const;

export type WritingTool = keyof typeof argumentSchemas;
export const writingTools = Object.keys(argumentSchemas) as readonly WritingTool[];
export const isWritingTool = (name: string | undefined): name is WritingTool =>
  name !== undefined && Object.hasOwn(argumentSchemas, name);

const worldSchema = z.object({
  reservations: mapOf(reservationSchema),
  users: mapOf(userSchema),
  flights: mapOf(flightSchema),
});

/** The tables as JSON, by name. */
export const airlineWorld = (tables: unknown): AirlineWorld => worldSchema.parse(tables);

/** The tables as files of a directory. */
export const readAirlineWorld = (directory: string): AirlineWorld =>
  airlineWorld(
    Object.fromEntries(
      Object.keys(worldSchema.shape).map((table) => [
        table,
        JSON.parse(readFileSync(join(directory, `${table}.json`), 'utf8')) as unknown,
      ]),
    ),
  );
