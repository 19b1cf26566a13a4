/** Levenshtein's distance, counted up to `most`. */
const distance = (left: string, right: string, most: number): number => {
  if (Math.abs(left.length - right.length) > most) return most + 1;
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (const [at, letter] of left.split('').entries()) {
    const next = [at + 1];
    for (let to = 0; to < right.length; to++) {
      const kept = (row[to] ?? 0) + (right[to] === letter ? 0 : 1);
      next.push(Math.min(kept, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
};

/** ` Did you mean …?` with the nearest name to a misspelt one, or nothing. */
export const didYouMean = (word: string, names: Iterable<string>): string => {
  let least = Math.min(2, Math.floor(word.length / 2));
  let nearest: string | undefined;
  for (const name of names) {
    const away = distance(word.toLowerCase(), name.toLowerCase(), least);
    if (away > least || (away === least && nearest !== undefined)) continue;
    least = away;
    nearest = name;
  }
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`;
};
