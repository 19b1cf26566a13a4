/** One selector of a query: which metric, and which of its labels it goes by. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly value: string }[];
  /** The functions that it stands in, from the innermost. */
  readonly functions: readonly string[];
  readonly ranged: boolean;
}

export interface Query {
  readonly selectors: readonly Selector[];
  /** Labels that results are told apart by. */
  readonly groups: readonly string[];
}

/** Operators that group, and functions, as far as our queries use them. */
const grouping = new Set(['sum', 'min', 'max', 'avg', 'count']);
const known = new Set([...grouping, 'rate', 'increase', 'histogram_quantile', 'label_values']);
const words = new Set(['by', 'offset', 'and', 'or', 'unless', 'without', 'on', 'ignoring']);

const matchersOf = (text: string): Selector['matchers'] =>
  [...text.matchAll(/([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = '', value = '']) => ({
    label,
    value,
  }));

const groupsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(',').map((label) => label.trim()));

/** Names, brackets and numbers, in their order; what is in braces or in quotes stays together. */
const tokens = /[a-zA-Z_:][\w:]*|\{[^}]*\}|\[[^\]]*\]|\(|\)|"[^"]*"|[\d.]+[smhd]?|\S/g;

const isName = (token: string): boolean => /^[a-zA-Z_:]/.test(token) && !words.has(token);

/** The selector that begins at a place; nothing where something else stands there. @throws for a function that is unknown. */
const selectorAt = (found: readonly string[], place: number, functions: readonly string[]): Selector | undefined => {
  const metric = found[place] ?? '';
  const next = found[place + 1] ?? '';
  if (!isName(metric) || (known.has(metric) && next === '(')) return undefined;
  if (next === '(') throw new Error(`${metric} is no function that is used here.`);
  const braces = next.startsWith('{') ? next : '';
  const ranged = found[place + (braces === '' ? 1 : 2)]?.startsWith('[') === true;
  return { metric, matchers: matchersOf(braces), functions, ranged };
};

/** Reads as much of PromQL as the dashboard and the alert rules use. @throws where they use more. */
export const readQuery = (text: string): Query => {
  const selectors: Selector[] = [];
  const open: string[] = [];
  const found = [...text.replaceAll(/\bby \([^)]*\)/g, '').matchAll(tokens)].map(([token]) => token);
  for (const [place, token] of found.entries()) {
    if (token === '(') open.push(found[place - 1] ?? '');
    else if (token === ')') open.pop();
    const selector = selectorAt(found, place, open.filter((name) => known.has(name)).toReversed());
    if (selector !== undefined) selectors.push(selector);
  }
  if (open.length > 0) throw new Error(`There is an open bracket: ${text}`);
  return { selectors, groups: groupsIn(text) };
};
