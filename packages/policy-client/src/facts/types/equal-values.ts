const equalMaps = (left: ReadonlyMap<unknown, unknown>, right: ReadonlyMap<unknown, unknown>): boolean =>
  left.size === right.size && [...left].every(([key, value]) => right.has(key) && equalValues(value, right.get(key)));

/** Records, timestamps and durations are what their fields are. */
const equalRecords = (left: object, right: object): boolean =>
  Object.entries(left).every(([key, value]) => equalValues(value, (right as Record<string, unknown>)[key]));

const equalLists = (left: readonly unknown[], right: readonly unknown[]): boolean =>
  left.length === right.length && left.every((item, index) => equalValues(item, right[index]));

const equalObjects = (left: object, right: object): boolean => {
  if (left.constructor !== right.constructor) return false;
  if (Array.isArray(left)) return equalLists(left, right as readonly unknown[]);
  if (left instanceof Map) return equalMaps(left, right as ReadonlyMap<unknown, unknown>);
  return equalRecords(left, right);
};

/** Whether two loaded values of one type are the same, all the way down. */
export const equalValues = (left: unknown, right: unknown): boolean => {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  return equalObjects(left, right);
};
