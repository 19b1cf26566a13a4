import TinyQueue from 'tinyqueue';
import type { Entry } from './entry.js';

/** What stands in a lane: an entry of an ordering key that is queued or leased. */
export interface Ordered {
  readonly entry: Entry;
  /** The lane that it stands in; the lane's own mark. */
  lane: object | undefined;
}

interface Place<L> {
  readonly live: L;
  readonly position: number;
}

/**
 * The unfinished entries of one ordering key for one recipient, in their order. Only the first may be leased; while it
 * is with a consumer, or waits to be tried again, those behind it wait too.
 */
export class Lane<L extends Ordered> {
  readonly #places = new TinyQueue<Place<L>>([], (left, right) => left.position - right.position);

  get first(): L | undefined {
    for (let place = this.#places.peek(); place !== undefined; place = this.#places.peek()) {
      // Whoever left, or left and came back at another position, stands here no longer.
      if (place.live.lane === this && place.live.entry.position === place.position) return place.live;
      this.#places.pop();
    }
    return undefined;
  }

  join(live: L): void {
    if (live.lane === this) return;
    live.lane = this;
    this.#places.push({ live, position: live.entry.position });
  }

  leave(live: L): void {
    live.lane = undefined;
  }
}
