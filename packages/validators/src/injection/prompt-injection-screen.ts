import { ConfigurationError, type JsonValue } from '@charterbus/core-models';
import { type ContentVisitor, walkContent } from '../content.js';
import { Folding } from '../text/fold.js';
import type { Finding, Note, Validator } from '../validator.js';
import { lexicon } from './lexicon.js';
import { ruleList } from './rule-list.js';
import { compileRules } from './rules.js';
import { Scanner } from './scanner.js';

export interface PromptInjectionOptions {
  /** How many letters of one message are read at most, decoded ones and second looks included. */
  readonly characters?: number;
  /** How many encodings that lie in each other are taken off. */
  readonly depth?: number;
}

/** Less than this is no more than a chance meeting of words. */
const least = 30;
/** What was not read may hold anything. */
const unscannedScore = 60;
/** Two kinds together are rarely by chance. */
const together = 8;

const shortest = 8;
/** Of a list of short values nothing can be said. */
const shortestJoined = 16;
/** Of a long fragment only its ends can be part of what was split: the rest is read by itself. */
const fragmentEnd = 56;

const clip = (text: string): string =>
  text.length <= 2 * fragmentEnd ? text : `${text.slice(0, fragmentEnd)} . ${text.slice(-fragmentEnd)}`;

/** So many letters say something on their own. */
const shortestSentence = 40;

const isInWord = (code: number): boolean => code > 0x7f || /[\w$@|!]/.test(String.fromCharCode(code));

/** Whether a fragment and the one after it make one word when they are put together. */
const runsInto = (text: string, at: number, texts: readonly string[]): boolean =>
  isInWord(text.charCodeAt(text.length - 1)) && isInWord(texts[at + 1]?.charCodeAt(0) ?? 0x20);

/** What is a whole sentence was read by itself, and nothing was split where it ends. */
const isSentence = (text: string): boolean =>
  text.length >= shortestSentence && '.!?'.includes(text.charAt(text.length - 1));

interface Found {
  readonly score: number;
  readonly pointer: string;
}

/** The texts of one message, and the highest score of each category. */
class Visit implements ContentVisitor {
  readonly found = new Map<string, Found>();
  readonly #scanner: Scanner;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  text(text: string, pointer: () => string): void {
    if (text.length < shortest) return;
    for (const [category, score] of this.#scanner.scan(text)) {
      if (score < least || score <= (this.found.get(category)?.score ?? 0)) continue;
      this.found.set(category, { score, pointer: pointer() });
    }
  }

  /** What was split inside words, then what was split between them, each where it can have been. */
  fragments(texts: readonly string[], pointer: () => string): void {
    if (texts.every((text, at) => at === texts.length - 1 || isSentence(text))) return;
    const clipped = texts.some(({ length }) => length > 2 * fragmentEnd) ? texts.map(clip) : texts;
    const joined = clipped.join('');
    if (joined.length < shortestJoined) return;
    if (clipped.some(runsInto)) this.text(joined, pointer);
    // Of letters and pairs of them no words are made by spaces.
    if (joined.length > 2 * texts.length) this.text(clipped.join(' '), pointer);
  }
}

const describe = (category: string): string => `The content reads like ${category.replaceAll('-', ' ')}.`;

const note = (category: string, score: number, pointer: string): Note => ({
  kind: 'note',
  category,
  score: Math.min(score, 100),
  text: category === 'unscanned' ? 'The content was too much work to be read to its end.' : describe(category),
  pointer,
});

const notesOf = (found: ReadonlyMap<string, Found>, exhausted: boolean): readonly Finding[] => {
  if (found.size === 0 && !exhausted) return [];
  // That something was encoded is no second kind: it scores as its plain form does.
  const several =
    [...found].filter(([category, { score }]) => category !== 'encoded-payload' && score >= 50).length > 1;
  const notes = [...found].map(([category, { score, pointer }]) =>
    note(category, several && score >= 50 ? score + together : score, pointer),
  );
  return exhausted ? [...notes, note('unscanned', unscannedScore, '')] : notes;
};

const checkOptions = (characters: number, depth: number): void => {
  if (Number.isSafeInteger(characters) && characters > 0 && Number.isInteger(depth) && depth >= 0 && depth <= 8) return;
  throw new ConfigurationError(
    'CONFIGURATION_INVALID',
    'A screen reads a positive number of letters, to a depth of 0 to 8.',
  );
};

/**
 * Looks for texts that want to take command of a model: that make it forget its instructions, give away what it must keep, take
 * them for the system's, hide what it does. Rejects nothing: notes with scores are for the policies. Each letter is read a bounded
 * number of times; what was not read is said, as a note of the category `unscanned`.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID`
 */
export const createPromptInjectionScreen = (options: PromptInjectionOptions = {}): Validator => {
  const { characters = 400_000, depth = 3 } = options;
  checkOptions(characters, depth);
  let made: Scanner | undefined;
  const read = (content: JsonValue): readonly Finding[] => {
    // With the first message: what nobody asks costs nothing.
    made ??= new Scanner({
      lexicon: lexicon(),
      rules: compileRules(ruleList),
      folding: new Folding(),
      characters,
      depth,
    });
    const scanner = made;
    scanner.reset();
    const visit = new Visit(scanner);
    walkContent(content, visit);
    return notesOf(visit.found, scanner.exhausted);
  };
  return Object.freeze({
    name: 'prompt-injection',
    immediate: true,
    validate: ({ content }) => read(content),
  } satisfies Validator);
};
