const leastRoom = 1024;

/** Numbers in the order of their turns; of equal turns the least first. Sixteen bytes each: a binary heap in typed arrays. */
export class TurnHeap {
  #turns = new Float64Array(leastRoom);
  #numbers = new Float64Array(leastRoom);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The least turn; infinite where there is none. */
  get leastTurn(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#turnAt(0);
  }

  push(turn: number, number: number): void {
    if (this.#size === this.#turns.length) this.#resize(2 * this.#size);
    let place = this.#size++;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(turn, number, parent)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(place, turn, number);
  }

  /** Takes out the number whose turn is the least. */
  pop(): number | undefined {
    if (this.#size === 0) return undefined;
    const least = this.#numbers[0];
    const last = --this.#size;
    if (last > 0) this.#sink(this.#turnAt(last), this.#numberAt(last));
    if (last > leastRoom && 4 * last < this.#turns.length) this.#resize(this.#turns.length >> 1);
    return least;
  }

  /** Fills the place at the top, from which the least was taken. */
  #sink(turn: number, number: number): void {
    let place = 0;
    for (let child = 1; child < this.#size; child = 2 * place + 1) {
      const right = child + 1;
      if (right < this.#size && this.#isBefore(this.#turnAt(right), this.#numberAt(right), child)) child = right;
      if (this.#isBefore(turn, number, child)) break;
      this.#move(child, place);
      place = child;
    }
    this.#put(place, turn, number);
  }

  #isBefore(turn: number, number: number, place: number): boolean {
    const other = this.#turnAt(place);
    return turn < other || (turn === other && number < this.#numberAt(place));
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#turnAt(from), this.#numberAt(from));
  }

  #put(place: number, turn: number, number: number): void {
    this.#turns[place] = turn;
    this.#numbers[place] = number;
  }

  #turnAt(place: number): number {
    return this.#turns[place] ?? 0;
  }

  #numberAt(place: number): number {
    return this.#numbers[place] ?? 0;
  }

  #resize(room: number): void {
    const [turns, numbers] = [this.#turns, this.#numbers];
    this.#turns = new Float64Array(room);
    this.#numbers = new Float64Array(room);
    this.#turns.set(turns.subarray(0, Math.min(room, this.#size)));
    this.#numbers.set(numbers.subarray(0, Math.min(room, this.#size)));
  }
}
