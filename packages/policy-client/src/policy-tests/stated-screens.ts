import { type ConstitutionManifest, type ScreenReading, screenNameOf } from '@charterbus/core-models';
import { didYouMean } from '../facts/manifest/nearest.js';
import type { PolicyTest } from './policy-test.js';

type Stated = PolicyTest['screens'];

/** The readings that a test states. No screen is run: what policies make of a reading does not change with the screens. */
export class StatedScreens {
  readonly #stated: Stated;
  /** What the constitution calls each screen. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #unstated = new Set<string>();

  constructor({ screens }: Pick<PolicyTest, 'screens'>, { facts }: Pick<ConstitutionManifest, 'facts'>) {
    this.#stated = screens;
    this.#names = new Map(Object.entries(facts.screens).map(([name, declared]) => [screenNameOf(declared), name]));
  }

  /** Names that the constitution does not declare. */
  get problems(): readonly string[] {
    const declared = [...this.#names.values()];
    return Object.keys(this.#stated)
      .filter((name) => !declared.includes(name))
      .map((name) => `There is no screen ${name}.${didYouMean(name, declared)}`);
  }

  /** What the test leaves open although some fact reads it. */
  get open(): readonly string[] {
    return [...this.#unstated].map(
      (name) =>
        `It states no reading of ${name}: write screens: { ${name}: { score: 0 } }, in the test or in defaults.`,
    );
  }

  readonly read = (screen: string): ScreenReading | undefined => {
    const name = this.#names.get(screen) ?? screen;
    const stated = Object.hasOwn(this.#stated, name) ? this.#stated[name] : undefined;
    if (stated === undefined) this.#unstated.add(name);
    return stated === 'unavailable' ? undefined : stated;
  };
}
