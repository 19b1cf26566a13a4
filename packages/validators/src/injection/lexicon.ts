import { Folding } from '../text/fold.js';
import { symbol } from '../text/symbols.js';
import { WordAutomaton } from '../text/word-automaton.js';
import { type Concept, conceptNames, type Vocabulary } from './concepts.js';
import { addresses } from './vocabulary/addresses.js';
import { english } from './vocabulary/english.js';
import { french, italian } from './vocabulary/french-and-italian.js';
import { dutch, german } from './vocabulary/german-and-dutch.js';
import { chinese, japanese, russian } from './vocabulary/russian-chinese-japanese.js';
import { portuguese, spanish } from './vocabulary/spanish-and-portuguese.js';

const vocabularies: readonly Vocabulary[] = [
  english,
  addresses,
  german,
  dutch,
  french,
  italian,
  spanish,
  portuguese,
  russian,
  chinese,
  japanese,
];

/** Words that show that a text is rotated by thirteen letters, or written backwards, where two of them are met so. */
const telltales =
  'ignore, ignoring, disregard, forget, instructions, instruction, previous, system, prompt, password, reveal, secret, pretend, override, everything, before, assistant, forward, without, following, now, you, your, all, user, tell, send, rules, the, and, guidelines, guideline, obey, only, unrestricted, customer, data, external, server, these, about, never, credentials, secrets, restrictions, filters, answer, admin, developer, directives, commands, silently, secretly, mention, mode, enable, print, show, repeat, delete, execute, transfer';

const rotate = (word: string): string =>
  word.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 84) % 26) + 97));
const reverse = (word: string): string => Array.from(word).toReversed().join('');

const numberOf: ReadonlyMap<Concept, number> = new Map(conceptNames.map((name, number) => [name, number]));
export const conceptNumber = (concept: Concept): number => numberOf.get(concept) as number;

/** A word of a language without spaces, with what it stands for. */
export interface Ideographic {
  readonly text: string;
  readonly meanings: readonly number[];
}

export interface Lexicon {
  readonly words: WordAutomaton;
  /** By the first letter, the longest first. */
  readonly ideographic: ReadonlyMap<string, readonly Ideographic[]>;
  /** Words that may be looked for in texts without spaces. */
  readonly whole: ReadonlySet<string>;
  readonly longest: number;
}

type Entries = Map<string, Set<number>>;

const gather = (): Entries => {
  const folding = new Folding();
  const entries: Entries = new Map();
  const add = (entry: string, concept: Concept): void => {
    const known = entries.get(entry) ?? new Set();
    entries.set(entry, known.add(conceptNumber(concept)));
  };
  for (const vocabulary of vocabularies) {
    for (const [concept, words] of Object.entries(vocabulary) as [Concept, string][]) {
      // All of one concept at once: to fold each word by itself takes several times as long.
      for (const word of folding.fold(words.replaceAll(/\s+/g, ' ').toLowerCase()).toLowerCase().split(',')) {
        add(word.trim(), concept);
      }
    }
  }
  for (const word of telltales.split(', ')) {
    add(rotate(word), 'rotated');
    if (word.length > 3 && reverse(word) !== word) add(reverse(word), 'reversed');
  }
  return entries;
};

const isIdeographic = (entry: string): boolean => /[\u3040-\u30ff\u3400-\u9fff]/.test(entry);

const byFirstLetter = (entries: Entries): Map<string, Ideographic[]> => {
  const found = new Map<string, Ideographic[]>();
  for (const [text, meanings] of entries) {
    if (!isIdeographic(text)) continue;
    const first = text.charAt(0);
    found.set(first, [...(found.get(first) ?? []), { text, meanings: [...meanings] }]);
  }
  for (const list of found.values()) list.sort((one, other) => other.text.length - one.text.length);
  return found;
};

const filler = 'the,of,to,a,an,is,are,that,and,me,in,on,for,with,be,at,by,or,as,so,we,have,has,been,were';

const compile = (): Lexicon => {
  const entries = gather();
  const spelled = new Map([...entries].filter(([entry]) => !isIdeographic(entry)));
  const whole = new Set(filler.split(','));
  const tells = new Set([conceptNumber('rotated'), conceptNumber('reversed')]);
  for (const [entry, meanings] of spelled) {
    if ([...meanings].every((meaning) => tells.has(meaning))) continue;
    for (const word of entry.replace('*', '').split(' ')) if (word.length > 2) whole.add(word);
  }
  const words = new WordAutomaton(spelled);
  if (words.symbols[0x61] === symbol.strange) throw new RangeError('The lexicon has no words.');
  return {
    words,
    ideographic: byFirstLetter(entries),
    whole,
    longest: Math.max(...[...whole].map(({ length }) => length)),
  };
};

let compiled: Lexicon | undefined;

/** It never changes, and takes some milliseconds to make: that is done once, when the first screen is made. */
export const lexicon = (): Lexicon => {
  compiled ??= compile();
  return compiled;
};
