/** What a row claims to do, it has to do before it is measured: a denial is quick. */
export function insist(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}
