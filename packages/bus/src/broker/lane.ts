import TinyQueue from 'tinyqueue';
import type { Entry } from './entry.js';
import { byPosition } from './turn.js';

/** What stands in a lane: an entry of an ordering key that is queued or leased. */
export interface Ordered {
  readonly entry: Entry;
  /** Set while a change is under way. */
  readonly pending: Promise<unknown> | undefined;
  /** The lane that it stands in; the lane's own mark. */
  lane: object | undefined;
}

/** Fixed, whatever becomes of who stands there. */
interface Place<L> {
  readonly live: L;
  readonly message: string;
  readonly position: number;
}

/**
 * The unfinished entries of one ordering key for one recipient, in their order. Only the first may be leased; while it
 * is with a consumer, or waits to be tried again, those behind it wait too.
 */
export class Lane<L extends Ordered> {
  readonly #places = new TinyQueue<Place<L>>([], byPosition);
  /** The one that was leased last. */
  #leased: L | undefined;

  get first(): L | undefined {
    const leased = this.#leased;
    // Whatever comes before it by position came too late, until its lease has ended and that is committed.
    if (leased?.lane === this && (leased.entry.state === 'leased' || leased.pending !== undefined)) return leased;
    for (let place = this.#places.peek(); place !== undefined; place = this.#places.peek()) {
      // Whoever left, or left and came back at another position, stands here no longer.
      if (place.live.lane === this && place.live.entry.position === place.position) return place.live;
      this.#places.pop();
    }
    return undefined;
  }

  join(live: L): void {
    if (live.entry.state === 'leased') this.#leased = live;
    if (live.lane === this) return;
    live.lane = this;
    const { message, position } = live.entry;
    this.#places.push({ live, message, position });
  }

  leave(live: L): void {
    live.lane = undefined;
    if (this.#leased === live) this.#leased = undefined;
  }
}
