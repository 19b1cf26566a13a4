import type { ConstitutionProblem } from '../../source/problem.js';
import type { SourceText } from '../../source/read-sources.js';
import { ManifestPlaces, type Place } from './manifest-places.js';

type Path = readonly (string | number)[];

/** Beyond it, problems are neither found nor told: the first ones are what an author needs. */
const most = 200;

/** Gathers what is wrong with the facts of a manifest. All paths are below `facts`. */
export class Report {
  readonly #source: SourceText;
  /** Only a manifest that something is wrong with is read a second time. */
  #places: ManifestPlaces | undefined;
  readonly #problems = new Map<string, ConstitutionProblem>();

  constructor(source: SourceText) {
    this.#source = source;
  }

  get problems(): readonly ConstitutionProblem[] {
    return [...this.#problems.values()];
  }

  get isEmpty(): boolean {
    return this.#problems.size === 0;
  }

  /** @param offset inside of the text that stands there. */
  at(path: Path, message: string, offset = 0): void {
    this.#add(this.#where().of(['facts', ...path], offset), path, message);
  }

  /** About a key rather than its value. */
  atKey(path: Path, message: string): void {
    this.#add(this.#where().ofKey(['facts', ...path]), path, message);
  }

  /** About another file. */
  file(file: string, message: string): void {
    this.#put({ file, message });
  }

  #where(): ManifestPlaces {
    this.#places ??= new ManifestPlaces(this.#source);
    return this.#places;
  }

  #add(place: Place, path: Path, message: string): void {
    this.#put({ file: this.#source.path, ...place, message: `facts.${path.join('.')}: ${message}` });
  }

  /** What is wrong with a name is found once in each tool that uses it, and told once. */
  #put(problem: ConstitutionProblem): void {
    const key = JSON.stringify(problem);
    if (this.#problems.size < most) this.#problems.set(key, problem);
  }
}
