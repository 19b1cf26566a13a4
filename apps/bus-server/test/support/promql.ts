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

/** Reads as much of PromQL as the dashboard and the alert rules use. @throws where they use more. */
export const readQuery = (text: string): Query => {
  const selectors: Selector[] = [];
  const open: (string | undefined)[] = [];
  const found = [...text.replaceAll(/\bby \([^)]*\)/g, '').matchAll(tokens)].map(([token]) => token);
  for (const [place, token] of found.entries()) {
    const next = found[place + 1];
    if (token === '(') open.push(known.has(found[place - 1] ?? '') ? found[place - 1] : undefined);
    else if (token === ')') open.pop();
    else if (/^[a-zA-Z_:]/.test(token) && !words.has(token) && !(known.has(token) && next === '(')) {
      if (next === '(') throw new Error(`${token} is no function that is used here: ${text}`);
      const braces = next?.startsWith('{') === true ? next : '';
      const ranged = found[braces === '' ? place + 1 : place + 2]?.startsWith('[') === true;
      const functions = open.filter((name) => name !== undefined).toReversed();
      selectors.push({ metric: token, matchers: matchersOf(braces), functions, ranged });
    }
  }
  if (open.length > 0) throw new Error(`There is an open bracket: ${text}`);
  return { selectors, groups: groupsIn(text) };
};
