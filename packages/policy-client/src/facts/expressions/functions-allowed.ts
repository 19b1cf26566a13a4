/** Names in a text, which stays readable where a list of strings would not. */
const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Functions that expressions may call, besides providers. Everything else that cel-js brings is refused. */
const functions = words('size string int double bool timestamp duration max min sum round ceil floor');

const methods =
  words(`startsWith endsWith contains indexOf lastIndexOf substring size lowerAscii upperAscii trim split join
hasValue value or orValue of none
getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds getMilliseconds`);

const advice: ReadonlyMap<string, string> = new Map([
  ['matches', 'matches() is not available: a regular expression can take for ever. Use startsWith, contains or split.'],
  ['dyn', 'dyn() is not available: every expression has a type.'],
  ['bind', 'cel.bind() is not available: declare the value under names.'],
]);

/** Why a function cannot be called, `undefined` where it can. */
export const functionRefusal = (name: string, isMethod: boolean): string | undefined => {
  if ((isMethod ? methods : functions).has(name)) return undefined;
  return advice.get(name) ?? `There is no function ${name}().`;
};

export const isFunctionName = (name: string): boolean => functions.has(name) || name === 'has';
