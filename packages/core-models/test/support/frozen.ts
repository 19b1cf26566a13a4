import { expect } from 'vitest';

/** Every object within a value, the value included. */
export const objectsIn = (value: unknown, found = new Set<object>()): Set<object> => {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  for (const member of Object.values(value)) objectsIn(member, found);
  return found;
};

export const expectDeepFrozen = (value: unknown): void => {
  for (const object of objectsIn(value)) expect(Object.isFrozen(object)).toBe(true);
};
