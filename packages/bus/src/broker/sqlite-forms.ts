import type { Verdict } from '@charterbus/core-models';
import type { Store } from '@charterbus/store';
import { LRUCache } from 'lru-cache';
import type { PlainForm } from './plain-form.js';

/** Forms that are remembered, by what they are of and by their number. */
const mostForms = 10_000;

/** A text that is kept once and named by its number. */
export interface Form {
  readonly number: number;
  readonly text: string;
  /** Forms that its text names and that may not be on disk either. */
  readonly parts: readonly Form[];
  /** Whether it is known to be on disk. Until then it is written with everything that names it. */
  stored: boolean;
}

/** Whoever writes what names forms: takes in those that may not be on disk before. */
export interface FormUser {
  formOf(key: string, text: () => string): number;
}

const none: readonly Form[] = Object.freeze([]);

/** Adds what is not known to be on disk. */
export const useForm = (form: Form, used: Form[]): void => {
  if (form.stored || used.includes(form)) return;
  for (const part of form.parts) useForm(part, used);
  used.push(form);
};

/** What many messages, verdicts and leaves have in common. Numbers grow from process to process; a form may have several. */
export class SqliteForms {
  readonly #store: Store;
  readonly #byKey = new LRUCache<string, Form>({ max: mostForms });
  readonly #texts = new LRUCache<number, string>({ max: mostForms });
  readonly #verdicts = new LRUCache<number, Verdict>({ max: mostForms });
  readonly #plain = new LRUCache<number, PlainForm>({ max: mostForms });
  #last: number;

  constructor(store: Store) {
    this.#store = store;
    this.#last = Number(store.read('bus', 'last-form', [])[0]?.['form'] ?? 0);
  }

  /** The form of the key, made where there is none yet; `used` takes in those that are not on disk. */
  of(key: string, text: () => string, used: Form[]): number {
    const form = this.#byKey.get(key) ?? this.make(key, text());
    useForm(form, used);
    return form.number;
  }

  known(key: string): Form | undefined {
    return this.#byKey.get(key);
  }

  /** Makes a form, of which there may be another one already that was forgotten. */
  make(key: string, text: string, parts = none): Form {
    const form = { number: ++this.#last, text, parts, stored: false };
    this.#byKey.set(key, form);
    return form;
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

  /** What plain messages of a form have in common. @throws SyntaxError where it cannot be read. */
  plain(number: number): PlainForm {
    const known = this.#plain.get(number);
    if (known !== undefined) return known;
    const form = JSON.parse(this.text(number) ?? '') as PlainForm;
    this.#plain.set(number, form);
    return form;
  }
}
