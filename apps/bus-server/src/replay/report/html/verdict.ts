import type { Element } from 'hast';
import { h } from 'hastscript';
import { verdictWords } from '../words/words.js';

/** A verdict as a word with its colour, which is never alone in saying it. */
export const verdict = (effect: keyof typeof verdictWords): Element =>
  h(`span.verdict.${effect}`, verdictWords[effect]);
