import { hash } from 'node:crypto';
import type { Verdict } from '@charterbus/core-models';
import { LRUCache } from 'lru-cache';
import { bareVerdictKey } from '../broker/verdict-form.js';
import type { Eventual } from '../eventual.js';

/** Forms that are remembered. */
const mostForms = 10_000;
/** Characters of a form's name: 96 bits of a hash of what it is of, so that processes need not agree on names. */
const nameLength = 16;

interface Form {
  readonly name: string;
  readonly text: string;
  /** Whether Redis is known to have it. Until then it is sent with everything that names it. */
  stored: boolean;
}

/** Forms that one operation has to bring along. */
export type UsedForms = Set<Form>;

/** What many verdicts and leaves have in common, kept once in each shard. */
export class RedisForms {
  readonly #byKey = new LRUCache<string, Form>({ max: mostForms });
  readonly #texts = new LRUCache<string, string>({ max: mostForms });
  readonly #verdicts = new LRUCache<string, Verdict>({ max: mostForms });
  readonly #fetch: (name: string) => Promise<string | null>;

  constructor(fetch: (name: string) => Promise<string | null>) {
    this.#fetch = fetch;
  }

  /** The name of the form of the key; `used` takes in those that Redis may not have. */
  of(key: string, text: () => string, used: UsedForms): string {
    let form = this.#byKey.get(key);
    if (form === undefined) {
      form = { name: hash('sha256', key, 'base64url').slice(0, nameLength), text: text(), stored: false };
      this.#byKey.set(key, form);
      this.#texts.set(form.name, form.text);
    }
    if (!form.stored) used.add(form);
    return form.name;
  }

  /** The name of a form that Redis has. */
  storedName(key: string): string | undefined {
    const form = this.#byKey.get(key);
    return form?.stored === true ? form.name : undefined;
  }

  areStored(forms: UsedForms): void {
    for (const form of forms) form.stored = true;
  }

  /** As scripts take them. */
  static write(forms: UsedForms, into: string[]): void {
    into.push(String(forms.size));
    for (const { name, text } of forms) into.push(name, text);
  }

  /** Another store, or an older state of it: nothing is known to be there. */
  forget(): void {
    for (const form of this.#byKey.values()) form.stored = false;
  }

  /** The text of a form; nothing where Redis does not have it. */
  text(name: string): Eventual<string | undefined> {
    const known = this.#texts.get(name);
    if (known !== undefined) return known;
    return this.#fetch(name).then((text) => {
      if (text !== null) this.#texts.set(name, text);
      return text ?? undefined;
    });
  }

  /** The verdict of which a form is, but for its digest and its moment. */
  verdict(name: string): Eventual<Verdict | undefined> {
    const known = this.#verdicts.get(name);
    if (known !== undefined) return known;
    const text = this.text(name);
    return text instanceof Promise ? text.then((came) => this.#read(name, came)) : this.#read(name, text);
  }

  /** As a verdict that says nothing but that policies allow it is packed; any other stays what it is. */
  pack(verdict: Verdict, digest: string, used: UsedForms): PackedVerdict {
    const key = bareVerdictKey(verdict);
    if (key === undefined) return verdict;
    const { messageDigest: own } = verdict.binds;
    const form = this.of(
      `verdict\n${key}`,
      () => JSON.stringify({ ...verdict, binds: { ...verdict.binds, messageDigest: '' }, at: '' }),
      used,
    );
    return own === digest ? [form, verdict.at] : [form, verdict.at, own];
  }

  #read(name: string, text: string | undefined): Verdict | undefined {
    if (text === undefined) return undefined;
    const verdict = JSON.parse(text) as Verdict;
    this.#verdicts.set(name, verdict);
    return verdict;
  }
}

/** A verdict by the name of its form and its moment, and the digest where it is not the message's; or as it is. */
export type PackedVerdict = readonly [form: string, at: string, digest?: string] | Verdict;

export const isPackedForm = (packed: PackedVerdict): packed is Exclude<PackedVerdict, Verdict> => Array.isArray(packed);
