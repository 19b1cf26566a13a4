/** The element whose turn it is: after the last comes the first. @throws TypeError of a list without any. */
export const inTurn = <Element>(list: readonly Element[], n: number): Element => {
  if (list.length === 0) throw new TypeError('Nobody can take a turn.');
  return list[n % list.length] as Element;
};
