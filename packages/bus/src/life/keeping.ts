import { StoreError } from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';
import { Turns } from '../turns.js';
import {
  type ConstitutionRecords,
  type ConstitutionVersion,
  type KeptConstitution,
  versionKey,
} from './constitution-records.js';

/** Makes a constitution of its files, with what this bus was started with: clock, providers, environment. */
export type LoadConstitution = (kept: KeptConstitution) => Promise<Constitution>;

/** Rejects where these files may not be in force here, whatever they say. */
export type Admit = (files: KeptConstitution['files']) => Promise<unknown>;

const mostOpened = 8;

/** Only what its tables name: other files of the directory are nobody's business here. */
const slotsOf = ({ slots }: KeptConstitution, constitution: Constitution) =>
  slots.filter(({ path }) => Object.hasOwn(constitution.slots, path.replace(/\.json$/, '')));

/** Loads constitutions and keeps what they were made of, one after the other. */
export class Keeping {
  readonly records: ConstitutionRecords;
  readonly #load: LoadConstitution;
  readonly #admit: Admit;
  /** What one has stored and not yet named, the other would take for left over. */
  readonly #turns = new Turns();
  /** Opened last, and perhaps not staged yet: not to be forgotten between the two. */
  #opened: readonly ConstitutionVersion[] = [];

  constructor(records: ConstitutionRecords, load: LoadConstitution, admit: Admit = () => Promise.resolve()) {
    this.records = records;
    this.#load = load;
    this.#admit = admit;
  }

  /** Loads it, with its tests, and keeps it. @throws ConstitutionalError; StoreError. */
  async open(kept: KeptConstitution): Promise<Constitution> {
    await this.#admit(kept.files);
    const constitution = await this.#load(kept);
    const { hash, dataVersion } = constitution;
    try {
      this.#opened = [...this.#opened, { hash, dataVersion }].slice(-mostOpened);
      const own = { files: kept.files, slots: slotsOf(kept, constitution) };
      await this.#turns.take(() => this.records.keep(constitution, own));
      return constitution;
    } catch (error) {
      await constitution.close();
      throw error;
    }
  }

  /**
   * Loads what was kept; nothing where it was not. Where the disk lost a forbid, the rest would load all the same.
   *
   * @throws ConstitutionalError; StoreError, `STORE_CORRUPT` where it is another one than was kept.
   */
  async reopen(version: ConstitutionVersion): Promise<Constitution | undefined> {
    const kept = this.records.kept(version);
    if (kept === undefined) return undefined;
    await this.#admit(kept.files);
    const constitution = await this.#load(kept);
    if (versionKey(constitution) === versionKey(version)) return constitution;
    await constitution.close();
    throw new StoreError('STORE_CORRUPT', 'The store is damaged: a constitution is not the one that was kept.');
  }

  retain(versions: readonly ConstitutionVersion[]): Promise<void> {
    return this.#turns.take(() => this.records.retain([...versions, ...this.#opened]));
  }
}
