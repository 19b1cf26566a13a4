/** In place; the middle of an even number of values is the mean of two. */
export const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export interface Comparison {
  /** The chance that one of the others is larger than one of ours, half of it where they are equal: 0.5 tells nothing. */
  readonly chance: number;
  /** How many standard deviations that is from 0.5, were there no difference. */
  readonly z: number;
}

/** Mann and Whitney's test (1947), with mean ranks for equal values and the normal approximation. */
export const mannWhitney = (ours: readonly number[], theirs: readonly number[]): Comparison => {
  const all = [...ours.map((value) => ({ value, isOurs: true })), ...theirs.map((value) => ({ value, isOurs: false }))];
  all.sort((one, other) => one.value - other.value);
  let ranks = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]!.value === all[from]!.value) to += 1;
    const mean = (from + 1 + to) / 2;
    for (let at = from; at < to; at += 1) if (!all[at]!.isOurs) ranks += mean;
    from = to;
  }
  const [n, m] = [ours.length, theirs.length];
  const u = ranks - (m * (m + 1)) / 2;
  return { chance: u / (n * m), z: (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12) };
};
