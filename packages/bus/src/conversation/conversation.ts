import type { RememberedFact } from './remembered-fact.js';

/** What is known of one conversation, and who is changing it. */
export class Conversation {
  readonly key: string;
  readonly #facts: Map<string, RememberedFact>;
  /** Changes on their way to the disk, by what they are about. */
  readonly #changing = new Map<string, Promise<void>>();
  #turn: Promise<void> = Promise.resolve();
  /** Views that are open. */
  users = 0;

  constructor(key: string, facts: Map<string, RememberedFact>) {
    this.key = key;
    this.#facts = facts;
  }

  /** How many things something is known about, or about to be. */
  get size(): number {
    return this.#facts.size + this.#changing.size;
  }

  /** Code units of what is known, about. */
  get weight(): number {
    let weight = 200;
    for (const { size } of this.#facts.values()) weight += size + 200;
    return weight;
  }

  /** What is committed. What has outlived its time is forgotten here and now. */
  fact(about: string, now: number): RememberedFact | undefined {
    const fact = this.#facts.get(about);
    if (fact === undefined || fact.until > now) return fact;
    this.#facts.delete(about);
    return undefined;
  }

  /** What is committed, as it stands now. */
  get facts(): ReadonlyMap<string, RememberedFact> {
    return new Map(this.#facts);
  }

  /** What is committed by now, where others change it too. */
  replace(facts: ReadonlyMap<string, RememberedFact>): void {
    this.#facts.clear();
    for (const [about, fact] of facts) this.#facts.set(about, fact);
  }

  /** Resolves when no change of these is under way; absent where none is. */
  busy(abouts: Iterable<string>): Promise<unknown> | undefined {
    const changes = [...abouts].flatMap((about) => this.#changing.get(about) ?? []);
    return changes.length === 0 ? undefined : Promise.all(changes);
  }

  /** Makes the facts known once `written` resolves; until then they are busy. Never rejects. */
  change(facts: ReadonlyMap<string, RememberedFact>, written: Promise<unknown>): void {
    const ended = written.then(
      () => this.#end(facts, true),
      () => this.#end(facts, false),
    );
    for (const about of facts.keys()) this.#changing.set(about, ended);
  }

  /** Waits until everybody who asked before has let go. */
  async turn(): Promise<Disposable> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    return { [Symbol.dispose]: resolve };
  }

  #end(facts: ReadonlyMap<string, RememberedFact>, committed: boolean): void {
    for (const [about, fact] of facts) {
      this.#changing.delete(about);
      if (committed) this.#facts.set(about, fact);
    }
  }
}
