import type { Envelope } from '@charterbus/core-models';

/** Bytes of envelopes kept in memory, about. */
const mostBytes = 64 * 1024 * 1024;
/** The objects around a content. */
const aroundContent = 1000;

/** What of a message is at hand without reading it. */
export interface RecentEnvelope {
  readonly number: number;
  readonly envelope: Envelope;
  /** See `keptBytes`. */
  readonly bytes: number;
  /** Whether it was written as one that asks for nothing in particular. */
  readonly plain: boolean;
}

const weightOf = ({ contentBytes }: Envelope): number => contentBytes + aroundContent;

/** Absent once it was let go: a map's outgrown tables hold what was in them until the next full collection. */
type Kept = { -readonly [Field in keyof RecentEnvelope]: RecentEnvelope[Field] | undefined };

/**
 * Messages that are on their way, so that what is delivered soon after its admission is not read back. The oldest go first:
 * most end, and go by themselves, in about the order in which they came.
 */
export class RecentEnvelopes {
  readonly #kept = new Map<string, Kept>();
  #weight = 0;

  get(id: string): RecentEnvelope | undefined {
    // What is in the map has not been let go.
    return this.#kept.get(id) as RecentEnvelope | undefined;
  }

  set(id: string, { number, envelope, bytes, plain }: RecentEnvelope): void {
    this.delete(id);
    this.#kept.set(id, { number, envelope, bytes, plain });
    this.#weight += weightOf(envelope);
    if (this.#weight <= mostBytes) return;
    for (const oldest of this.#kept.keys()) {
      if (this.#weight <= mostBytes) break;
      this.delete(oldest);
    }
  }

  delete(id: string): void {
    const kept = this.#kept.get(id);
    if (kept?.envelope === undefined) return;
    this.#kept.delete(id);
    this.#weight -= weightOf(kept.envelope);
    kept.envelope = undefined;
  }
}
