import type { Resolver, Scope } from '../gather/scope.js';
import { recordType } from '../types/record-type.js';
import type { RecordType } from '../types/value-type.js';

/** What expressions know of a reading. */
const readingRecord: RecordType = recordType(
  'bus.Reading',
  new Map([
    ['score', { type: { kind: 'int' }, optional: false }],
    ['categories', { type: { kind: 'list', item: { kind: 'string' } }, optional: false }],
  ]),
);

const readScreen = (scope: Scope, screen: string): object => {
  const { score, categories } = scope.screened(screen);
  scope.spend(1 + categories.length);
  const reading = new (readingRecord.construct as new () => object)();
  return Object.assign(reading, { score: BigInt(score), categories });
};

export interface ScreenReadings {
  readonly record: RecordType;
  readonly resolve: Resolver;
}

/** The value of `screens`: for each declared name the reading of its screen, asked for when it is read. */
export const screenReadings = (screens: ReadonlyMap<string, string>): ScreenReadings => {
  class Screens {
    readonly #scope: Scope;
    readonly #known = new Map<string, object>();

    constructor(scope: Scope) {
      this.#scope = scope;
    }

    static of(screens: Screens, screen: string): object {
      const known = screens.#known.get(screen) ?? readScreen(screens.#scope, screen);
      screens.#known.set(screen, known);
      return known;
    }
  }
  for (const [name, screen] of screens) {
    Object.defineProperty(Screens.prototype, name, {
      get(this: Screens) {
        return Screens.of(this, screen);
      },
    });
  }
  const fields = [...screens.keys()].map(
    (name) => [name, { type: { kind: 'record', record: readingRecord }, optional: false }] as const,
  );
  return {
    record: { celName: screensName, fields: new Map(fields), construct: Screens },
    resolve: (scope) => new Screens(scope),
  };
};

/** The name in CEL of the type of `screens`. */
export const screensName = 'bus.Screens';

export const readingsRecords = ({ record }: ScreenReadings): readonly RecordType[] => [readingRecord, record];
