/** How many of a sequence of keys a cache of so many entries finds that forgets nothing else than the least recently used. */
export const idealHits = (keys: readonly string[], entries: number): number => {
  // A Map lists its keys in the order in which they were put in.
  const kept = new Map<string, true>();
  let hits = 0;
  for (const key of keys) {
    if (kept.delete(key)) hits += 1;
    kept.set(key, true);
    const [oldest] = kept.keys();
    if (kept.size > entries && oldest !== undefined) kept.delete(oldest);
  }
  return hits;
};
