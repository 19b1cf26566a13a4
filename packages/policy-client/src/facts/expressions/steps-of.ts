/** Characters that one step goes through. */
const charactersAStep = 16;

/** What it takes to go through a value once, all the way down. */
export const stepsThrough = (value: unknown): number => {
  if (typeof value === 'string') return 1 + value.length / charactersAStep;
  if (typeof value !== 'object' || value === null) return 1;
  let steps = 1;
  for (const item of value instanceof Map ? value.values() : Object.values(value)) steps += stepsThrough(item);
  return steps;
};

/** What it takes to go through a text, or to copy a list. */
const stepsAlong = (value: unknown): number =>
  typeof value === 'string' ? stepsThrough(value) : Array.isArray(value) ? 1 + value.length / 4 : 1;

/** Where a text is looked for in another, all of it may be compared at each place. */
const stepsToFind = ([within, sought]: readonly unknown[]): number =>
  typeof within === 'string' && typeof sought === 'string'
    ? stepsThrough(within) + (Math.max(within.length - sought.length, 0) * sought.length) / 100
    : 1;

/** Texts are counted in code points. */
const stepsToCount = ([given]: readonly unknown[]): number => (typeof given === 'string' ? given.length / 4 : 1);

/** Each sign of it may be a piece of its own. */
const stepsByPiece = ([text]: readonly unknown[]): number => 1 + (typeof text === 'string' ? 2 * text.length : 0);

const ofFunctions: ReadonlyMap<string, (operands: readonly unknown[]) => number> = new Map([
  ['size', stepsToCount],
  ['contains', stepsToFind],
  ['indexOf', stepsToFind],
  ['lastIndexOf', stepsToFind],
  ['lowerAscii ', stepsByPiece],
  ['upperAscii ', stepsByPiece],
  ['split ', stepsByPiece],
  ['join', ([list]) => stepsThrough(list)],
]);

/** What calling anything costs besides: dates are read, numbers written. */
const call = 32;

/** What it takes to call a function, whose name is as cel-js knows it. */
export const stepsToCall = (name: string, operands: readonly unknown[]): number =>
  call + (ofFunctions.get(name)?.(operands) ?? operands.reduce<number>((sum, given) => sum + stepsAlong(given), 0));

/** What it takes to work out an operator. */
export const stepsToOperate = (operator: string, left: unknown, right: unknown): number => {
  if (operator === '==' || operator === '!=') return stepsThrough(left);
  if (operator === 'in') return Array.isArray(right) ? stepsThrough(right) : 1;
  return stepsAlong(left) + stepsAlong(right);
};

/** What a policy engine takes, which reads a set and a text far slower than an expression does. */
const engine = { item: 500, character: 2 };

/** What it takes to tell a policy engine a value. */
export const stepsToTell = (value: unknown): number => {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + engine.item + stepsToTell(item), 0);
  return typeof value === 'string' ? engine.character * value.length : 1;
};
