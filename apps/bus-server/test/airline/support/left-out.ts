import type { ConstitutionFile } from '@charterbus/core-models';

/** A change that makes the constitution another one than the airline wrote. */
export interface LeftOut {
  readonly what: string;
  readonly from: string | RegExp;
  readonly to: string;
}

const rule = (id: string): LeftOut => ({
  what: `rule ${id}`,
  from: new RegExp(`@id\\("${id}"\\)[^}]*};`),
  to: '',
});

const part = (what: string, from: string, to = ''): LeftOut => ({ what, from, to });

const ofCancelling: readonly LeftOut[] = [
  part('R1: booked within a day', 'context.now.durationSince(context.booked_at) <= duration("24h") ||'),
  part('R1: at most a day, not less', '<= duration("24h")', '< duration("24h")'),
  part('R1: a cancelled flight', 'context.flight_states.contains("cancelled") ||'),
  part('R1: business', 'context.cabin == "business" ||'),
  part('R1: insurance', '||\n  context.insurance == "yes"'),
  part('R2: flying', '["flying", "landed"]', '["landed"]'),
  part('R2: landed', '["flying", "landed"]', '["flying"]'),
];

const ofChanging: readonly LeftOut[] = [
  part('R3: basic economy', 'context.cabin == "basic_economy" &&'),
  part('R3: the same flights', ' && !context.same_flights'),
  part('R4: unknown flights', 'context.unknown_flights.isEmpty() &&'),
  part('R4: the origin', 'context.leaves_from == context.origin &&'),
  part('R4: the end of one way', ' && context.ends_at == context.destination'),
  part('R4: the end of a round trip', ' && context.ends_at == context.origin'),
  part('R4: by way of its destination', ' && context.stops.contains(context.destination)'),
  part('R4: one way', 'context.trip == "one_way"', 'true'),
  part('R4: a round trip', 'context.trip == "round_trip"', 'true'),
  part('R5: fewer, not as many', 'context.bags_asked_for < context.bags', 'context.bags_asked_for <= context.bags'),
  part('R7: more', 'context.passengers_asked_for != context', 'context.passengers_asked_for < context'),
  part('R7: fewer', 'context.passengers_asked_for != context', 'context.passengers_asked_for > context'),
];

const ofMoney: readonly LeftOut[] = [
  part('R6: passengers', 'context.passengers > 5 ||'),
  part('R6: five, not four', 'context.passengers > 5', 'context.passengers > 4'),
  part('R6: certificates', 'context.certificates > 1 ||'),
  part('R6: credit cards', 'context.credit_cards > 1 ||'),
  part('R6: gift cards', 'context.gift_cards > 3 ||'),
  part('R6: three gift cards, not two', 'context.gift_cards > 3', 'context.gift_cards > 2'),
  part('R6: the profile', '||\n  !context.profile.containsAll(context.pays_with)'),
  part('R8: the amount', 'context.dollars > 100 * context.largest_party ||'),
  part('R8: 100, not 99', 'context.dollars > 100 *', 'context.dollars >= 100 *'),
  part('R8: regular members', 'context.membership == "regular" &&'),
  part('R8: insurance', '&&\n    !context.insurance.contains("yes")'),
  part('R8: business', '&&\n    !context.cabins.contains("business")'),
];

const ofFacts: readonly LeftOut[] = [
  part('what tools have answered', '          - update_reservation_baggages\n'),
  part('now', 'pinned: "2024-05-15T15:00:00Z"', 'pinned: "2024-05-15T15:00:01Z"'),
  part('begun dollars', 'ceil(args.amount)', 'floor(args.amount)'),
  part(
    'the order of flights',
    'same_flights: args.flights == reservation.flights',
    'same_flights: size(args.flights) == size(reservation.flights)',
  ),
];

/** Every rule, and every part of a rule, by itself. */
export const allLeftOut: readonly LeftOut[] = [
  ...['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8'].map(rule),
  ...ofCancelling,
  ...ofChanging,
  ...ofMoney,
  ...ofFacts,
];

const decode = new TextDecoder();
const encode = new TextEncoder();

const rewritten = (file: ConstitutionFile, rewrite: (text: string) => string): ConstitutionFile => ({
  path: file.path,
  bytes: encode.encode(rewrite(decode.decode(file.bytes))),
});

/** The files with the change. */
export const leavingOut = (
  files: readonly ConstitutionFile[],
  { what, from, to }: LeftOut,
): readonly ConstitutionFile[] => {
  let changes = 0;
  const changed = files.map((file) =>
    rewritten(file, (text) => {
      const other = file.path.startsWith('tests/') ? text : text.replace(from, to);
      if (other !== text) changes += 1;
      return other;
    }),
  );
  if (changes !== 1) throw new RangeError(`${what} is in ${changes} files of the constitution.`);
  return changed;
};

/** Without its policy tests, which would refuse a change. */
export const untested = (files: readonly ConstitutionFile[]): readonly ConstitutionFile[] =>
  files
    .filter(({ path }) => !path.startsWith('tests/'))
    .map((file) => rewritten(file, (text) => text.replace('tests: required', 'tests: optional')));
