/** An airline of our own, in the manner of a real one: reservations, users, flights with a status per day. */
export const airlineManifest = `format: charterbus.constitution/1
name: airline
revision: 1
engine: cedar
tests: optional
facts:
  types:
    Leg: { flight_number: string, date: string }
    Passenger: { first_name: string, last_name: string }
    Reservation:
      reservation_id: string
      user_id: string
      origin: string
      destination: string
      flight_type: string
      cabin: string
      insurance: string
      created_at: string
      total_baggages: int
      flights: list<Leg>
      passengers: list<Passenger>
    PaymentMethod: { source: string }
    User:
      membership: string
      payment_methods: map<string, PaymentMethod>
      reservations: list<string>
    FlightDay: { status: string }
    Flight: { origin: string, destination: string, dates: "map<string, FlightDay>" }
    Payment: { payment_id: string, amount: int }
  tables:
    reservations:
      slot: reservations
      row: Reservation
      observed: { tools: [get_reservation, cancel_reservation, update_flights], key: reservation_id }
    users: { slot: users, row: User }
    flights: { slot: flights, row: Flight }
  names:
    reservation: reservations[args.reservation_id]
    user: users[args.user_id]
    own_reservations: user.reservations.map(id, reservations[id])
    known_payments: args.payment_methods.filter(p, p.payment_id in user.payment_methods)
    sources: known_payments.map(p, user.payment_methods[p.payment_id].source)
    new_legs: args.flights.map(f, flights[f.flight_number])
  tools:
    get_reservation:
      arguments: { reservation_id: string }
      facts: { known: args.reservation_id in reservations }
    cancel_reservation:
      agent: tool:reservations
      arguments: { reservation_id: string }
      facts:
        booked_at: timestamp(reservation.created_at + "Z")
        cabin: reservation.cabin
        insured: reservation.insurance == "yes"
        flight_states: reservation.flights.map(f, flights[?f.flight_number].?dates[?f.date].?status.orValue("unknown"))
        cancelled_before: earlier.cancel_reservation.exists(c, c.reservation_id == args.reservation_id)
    update_flights:
      agent: tool:reservations
      role: airline-system
      arguments: { reservation_id: string, cabin: string, flights: list<Leg> }
      facts:
        booked_cabin: reservation.cabin
        new_cabin: args.cabin
        same_flights: args.flights == reservation.flights
        first_origin: new_legs[0].origin
        last_destination: { value: 'new_legs[size(new_legs) - 1].destination' }
        reaches: "new_legs.exists(f, f.destination == reservation.destination)"
        trip: reservation.origin + "-" + reservation.destination + " " + reservation.flight_type
    update_baggages:
      arguments: { reservation_id: string, total_baggages: int }
      facts: { fewer: args.total_baggages < reservation.total_baggages }
    update_passengers:
      arguments: { reservation_id: string, passengers: list<Passenger> }
      facts:
        same_number: size(args.passengers) == size(reservation.passengers)
        renamed: '!args.passengers.all(p, reservation.passengers.exists(o, o.last_name == p.last_name && o.first_name == p.first_name))'
    book_reservation:
      arguments: { user_id: string, passengers: list<Passenger>, payment_methods: list<Payment> }
      facts:
        passengers: size(args.passengers)
        certificates: size(sources.filter(s, s == "certificate"))
        payments_known: size(known_payments) == size(args.payment_methods)
        total: sum(args.payment_methods.map(p, p.amount))
    send_certificate:
      arguments: { user_id: string, amount: int, reason?: string }
      facts:
        membership: user.membership
        amount: args.amount
        has_reason: has(args.reason)
        owner: 'own_reservations.all(r, r.user_id == args.user_id)'
        insured_anywhere: own_reservations.exists(r, r.insurance == "yes")
        cabins: own_reservations.map(r, r.cabin)
        largest: { value: 'max(own_reservations.map(r, size(r.passengers)))', optional: true, redact: true }
  send:
    reply_to_vip: { value: 'message.isReply && sender.role == "vip"', optional: true }
  receive:
    colleague: sender.tenant == recipient.tenant
`;

/** One member of the airline's data after another. */
export const airlineData: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  reservations: {
    AAA111: {
      reservation_id: 'AAA111',
      user_id: 'mia',
      origin: 'SFO',
      destination: 'JFK',
      flight_type: 'one_way',
      cabin: 'economy',
      insurance: 'no',
      created_at: '2024-05-14T16:00:00',
      total_baggages: 2,
      flights: [
        { flight_number: 'HAT001', date: '2024-05-20', price: 120 },
        { flight_number: 'HAT002', date: '2024-05-20', price: 80.5 },
      ],
      passengers: [
        { first_name: 'Mia', last_name: 'Li', dob: '1990-04-05' },
        { first_name: 'Raj', last_name: 'Li' },
      ],
    },
    BBB222: {
      reservation_id: 'BBB222',
      user_id: 'mia',
      origin: 'JFK',
      destination: 'SEA',
      flight_type: 'round_trip',
      cabin: 'business',
      insurance: 'yes',
      created_at: '2024-05-01T10:00:00',
      total_baggages: 0,
      flights: [{ flight_number: 'HAT003', date: '2024-05-15' }],
      passengers: [{ first_name: 'Mia', last_name: 'Li' }],
    },
  },
  users: {
    mia: {
      membership: 'gold',
      payment_methods: { card_1: { source: 'credit_card' }, cert_1: { source: 'certificate', amount: 100 } },
      reservations: ['AAA111', 'BBB222'],
    },
  },
  flights: {
    HAT001: { origin: 'SFO', destination: 'DEN', dates: { '2024-05-20': { status: 'available' } } },
    HAT002: { origin: 'DEN', destination: 'JFK', dates: { '2024-05-20': { status: 'cancelled' } } },
    HAT003: { origin: 'JFK', destination: 'SEA', dates: { '2024-05-15': { status: 'flying' } } },
  },
};
