import type { Verdict } from '@charterbus/core-models';
import type { Store } from '@charterbus/store';
import { LRUCache } from 'lru-cache';

/** Forms that are remembered, by what they are of and by their number. */
const mostForms = 10_000;

/** A text that is kept once and named by its number. */
export interface Form {
  readonly number: number;
  readonly text: string;
  /** Whether it is known to be on disk. Until then it is written with everything that names it. */
  stored: boolean;
}

/** Whoever writes what names forms: takes in those that may not be on disk before. */
export interface FormUser {
  formOf(key: string, text: () => string): number;
}

/** What many verdicts and leaves have in common. Numbers grow from process to process; a form may have several. */
export class SqliteForms {
  readonly #store: Store;
  readonly #byKey = new LRUCache<string, Form>({ max: mostForms });
  readonly #texts = new LRUCache<number, string>({ max: mostForms });
  readonly #verdicts = new LRUCache<number, Verdict>({ max: mostForms });
  #last: number;

  constructor(store: Store) {
    this.#store = store;
    this.#last = Number(store.read('bus', 'last-form', [])[0]?.['form'] ?? 0);
  }

  /** The form of the key, made where there is none yet; `used` takes in those that are not on disk. */
  of(key: string, text: () => string, used: Form[]): number {
    let form = this.#byKey.get(key);
    if (form === undefined) {
      form = { number: ++this.#last, text: text(), stored: false };
      this.#byKey.set(key, form);
    }
    if (!form.stored && !used.includes(form)) used.push(form);
    return form.number;
  }

  /** The text of a stored form, or of one on its way to the disk. */
  text(number: number): string | undefined {
    const known = this.#texts.get(number);
    if (known !== undefined) return known;
    const text = this.#store.read('bus', 'form', [number])[0]?.['text'];
    if (typeof text !== 'string') return undefined;
    this.#texts.set(number, text);
    return text;
  }

  /** The verdict of which a form is, but for its digest and its moment. @throws SyntaxError where it cannot be read. */
  verdict(number: number): Verdict {
    const known = this.#verdicts.get(number);
    if (known !== undefined) return known;
    const verdict = JSON.parse(this.text(number) ?? '') as Verdict;
    this.#verdicts.set(number, verdict);
    return verdict;
  }
}
