import { type ContentVisitor, walkContent } from '../content.js';
import type { Finding, Note, Validator } from '../validator.js';
import {
  assignment,
  dottedKinds,
  type SecretKind,
  secretKinds,
  shortestHead,
  urlWithPassword,
} from './secret-kinds.js';

/** More of them say nothing more. */
const mostNotes = 50;

const isHead = new Uint8Array(128);
for (let code = 0; code < 128; code++) if (/[A-Za-z0-9_-]/.test(String.fromCharCode(code))) isHead[code] = 1;

const byFirstLetter = (kinds: readonly SecretKind[]): readonly (readonly SecretKind[])[] =>
  Array.from({ length: 128 }, (_, code) => kinds.filter(({ prefix }) => prefix.charCodeAt(0) === code));
const kindsByLetter = byFirstLetter(secretKinds);
const dottedByLetter = byFirstLetter(dottedKinds);

/** Names under which secrets are kept, without their case and their dashes. */
const secretName =
  /^(?:[a-z0-9]{0,24}(?:password|passwd|passphrase|secret|secretkey|apikey|accesstoken|authtoken|refreshtoken|privatekey|secretaccesskey|clientsecret|accesskey)|pwd|bearer)$/;
const isSecretName = (name: string): boolean =>
  name.length <= 40 && /[kdst]/i.test(name) && secretName.test(name.replaceAll(/[_.-]/g, '').toLowerCase());

/** What stands in examples and templates. */
const placeholder =
  /^(?:\$|\*+$|x+$|%|<|\{|process\.|env\.|os\.|your|my|example|changeme|placeholder|redacted|null$|undefined$|true$|false$|string$|required|none$|secret$|password$|\.{3}|…)/i;

/** Whether a value may be a secret at all: it has several different letters, and is no word alone. */
const looksSecret = (value: string): boolean =>
  value.length >= 8 && !placeholder.test(value) && new Set(value).size >= 6 && /[0-9!@#$%^&*+/=_]/.test(value);

class Search implements ContentVisitor {
  readonly notes: Note[] = [];

  /** One loop over the letters: only where a run could be a head is anything compared. */
  text(text: string, pointer: () => string, name?: string): void {
    if (name !== undefined && isSecretName(name) && looksSecret(text)) this.#note('named-secret', 60, pointer);
    let start = -1;
    for (let at = 0; at <= text.length; at++) {
      const code = at < text.length ? text.charCodeAt(at) : 0;
      if (code < 128 && isHead[code] === 1) {
        if (start === -1) start = at;
        continue;
      }
      if (start !== -1) this.#run(text, start, at, pointer);
      start = -1;
    }
  }

  #run(text: string, start: number, end: number, pointer: () => string): void {
    const first = text.charCodeAt(start);
    if (end - start >= shortestHead) this.#among(kindsByLetter[first] as readonly SecretKind[], text, start, pointer);
    const following = text.charCodeAt(end);
    if (following === 0x2e) this.#among(dottedByLetter[first] as readonly SecretKind[], text, start, pointer);
    else if (
      following === 0x3a ||
      following === 0x3d ||
      following === 0x22 ||
      following === 0x27 ||
      following === 0x2b
    ) {
      this.#assigned(text, start, end, pointer);
    }
  }

  #among(kinds: readonly SecretKind[], text: string, at: number, pointer: () => string): void {
    for (const { category, score, prefix, pattern } of kinds) {
      if (!text.startsWith(prefix, at)) continue;
      pattern.lastIndex = at;
      if (!pattern.test(text)) continue;
      this.#note(category, score, pointer);
      return;
    }
  }

  #assigned(text: string, start: number, end: number, pointer: () => string): void {
    if (text.startsWith('://', end) || text.startsWith('+srv://', end)) {
      urlWithPassword.lastIndex = start;
      const password = urlWithPassword.exec(text)?.[1];
      if (password !== undefined && !placeholder.test(password)) this.#note('url-with-password', 85, pointer);
      return;
    }
    if (!isSecretName(text.slice(start, Math.min(end, start + 41)))) return;
    assignment.lastIndex = end;
    const value = assignment.exec(text)?.[1];
    if (value !== undefined && looksSecret(value)) this.#note('named-secret', 60, pointer);
  }

  #note(category: string, score: number, pointer: () => string): void {
    if (this.notes.length >= mostNotes) return;
    const where = pointer();
    if (this.notes.some((note) => note.category === category && note.pointer === where)) return;
    this.notes.push({
      kind: 'note',
      category,
      score,
      text: `The content holds a ${category.replaceAll('-', ' ')}.`,
      pointer: where,
    });
  }
}

/**
 * Looks for tokens and keys of well-known providers, private keys, addresses with passwords, and values under names of
 * secrets. Notes say of what kind and where, never what: neither the text nor the pointer holds any of it.
 */
export const secretsScreen: Validator = Object.freeze({
  name: 'secrets',
  immediate: true,
  validate({ content }): readonly Finding[] {
    const search = new Search();
    walkContent(content, search);
    return search.notes;
  },
} satisfies Validator);
