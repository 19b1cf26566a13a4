import type {
  BlockContent,
  Blockquote,
  Heading,
  List,
  ListItem,
  Paragraph,
  PhrasingContent,
  Table,
  TableRow,
} from 'mdast';
import { plainLine, plainText } from '../words/plain-text.js';

// Nodes of a Markdown document. Text is only ever put into text and code nodes, and the serializer escapes those: nothing
// that was recorded can become a heading, a link, a row or HTML.

/** What stands in a line; lists are taken apart. */
export type Phrase = PhrasingContent | readonly PhrasingContent[];

/** No escape keeps readers' programs from making links of addresses, and mentions of names. In code they leave them alone. */
const isAddress = (word: string): boolean => /@|:\/\/|www\./i.test(word);

/** Empty code would be two backticks. */
export const code = (value: string): PhrasingContent => ({ type: 'inlineCode', value: plainLine(value) || '(empty)' });

/** On one line. */
export const text = (value: string): readonly PhrasingContent[] => {
  const words = plainText(value).split(/(\s+)/);
  const nodes: PhrasingContent[] = [];
  let plain = '';
  for (const word of words) {
    if (isAddress(word)) {
      if (plain !== '') nodes.push({ type: 'text', value: plain });
      nodes.push(code(word));
      plain = '';
    } else plain += word.replaceAll(/\s/g, ' ');
  }
  return plain === '' ? nodes : [...nodes, { type: 'text', value: plain }];
};

/** Text with its line breaks; empty lines are left out. */
export const lines = (value: string): readonly PhrasingContent[] => {
  const all = plainText(value).split('\n').map(plainLine);
  const kept = all.filter((line) => line !== '');
  return kept.flatMap((line, index) => (index === 0 ? text(line) : [{ type: 'break' }, ...text(line)]));
};

export const strong = (value: string): PhrasingContent => ({ type: 'strong', children: [...text(value)] });

export const heading = (depth: Heading['depth'], ...children: readonly Phrase[]): Heading => ({
  type: 'heading',
  depth,
  children: children.flat(),
});

export const paragraph = (...children: readonly Phrase[]): Paragraph => ({
  type: 'paragraph',
  children: children.flat(),
});

export const quote = (...children: readonly BlockContent[]): Blockquote => ({
  type: 'blockquote',
  children: [...children],
});

export const list = (items: readonly (readonly Phrase[])[]): List => ({
  type: 'list',
  spread: false,
  children: items.map((item): ListItem => ({ type: 'listItem', spread: false, children: [paragraph(...item)] })),
});

const row = (cells: readonly Phrase[]): TableRow => ({
  type: 'tableRow',
  children: cells.map((cell) => ({ type: 'tableCell', children: [cell].flat() })),
});

/** @param head a name that ends with `:` is that of a column of numbers. */
export const table = (head: readonly string[], rows: readonly (readonly Phrase[])[]): Table => ({
  type: 'table',
  align: head.map((name) => (name.endsWith(':') ? 'right' : 'left')),
  children: [row(head.map((name) => text(name.replace(/:$/, '')))), ...rows.map(row)],
});
