import type { UsageBatch, UsageRecord, UsageSource } from '@charterbus/metering';
import type { Row, Store } from '@charterbus/store';
import { LRUCache } from 'lru-cache';
import { filledForm } from '../broker/leaf.js';
import { integer, text } from '../broker/sqlite-columns.js';
import type { SqliteForms } from '../broker/sqlite-forms.js';
import type { EnterpriseTenants } from './operations.js';
import { type UsageTemplate, usageOfLeaf } from './usage-of-leaf.js';

/** Forms of leaves whose template is remembered. */
const mostTemplates = 10_000;
/** A moment in RFC 3339 with milliseconds, before the digest. */
const momentLength = 24;
/** In the place of what leaves of one form have of their own: none of it is of the template. */
const nothing = { at: '1970-01-01T00:00:00.000Z', digest: '', message: '' };

/** The audit log in a store, as usage. Leaves are dense and never go, so that nothing is ever lost; a damaged one counts as lost. */
export class SqliteUsage implements UsageSource {
  readonly name = 'log';
  readonly #store: Store;
  readonly #forms: SqliteForms;
  readonly #enterprise: EnterpriseTenants;
  readonly #templates = new LRUCache<string, UsageTemplate>({ max: mostTemplates });
  readonly #listeners = new Set<() => void>();

  constructor(store: Store, forms: SqliteForms, enterprise: EnterpriseTenants) {
    this.#store = store;
    this.#forms = forms;
    this.#enterprise = enterprise;
  }

  watch(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Something was committed. */
  readonly committed = (): void => {
    for (const listener of this.#listeners) listener();
  };

  read(from: number, limit: number): UsageBatch {
    const records: UsageRecord[] = [];
    let [cursor, lost] = [from, 0];
    for (const row of this.#store.read('bus', 'usage', [from, from + limit])) {
      const leaf = integer(row['leaf']);
      lost += leaf - cursor - 1;
      cursor = leaf;
      const record = this.#recordOf(row, leaf - 1);
      if (record === undefined) lost += 1;
      else records.push(record);
    }
    return { records, cursor, more: cursor - from === limit, lost };
  }

  #recordOf(row: Row, index: number): UsageRecord | undefined {
    try {
      const { at, template } = this.#read(row);
      const { bytes } = row;
      const record = { ...template, index, at };
      return typeof bytes === 'number' && template.operations.agent_message === 1 ? { ...record, bytes } : record;
    } catch {
      // A form or a leaf that cannot be read: what it counted for is not known, and the reader is told that one is lost.
      return undefined;
    }
  }

  #read(row: Row): { readonly at: number; readonly template: UsageTemplate } {
    const { form } = row;
    if (typeof form !== 'number') return usageOfLeaf(text(row['text']), this.#enterprise);
    if (row['plain'] === 1) {
      const ends = row['ends'] === 1;
      const template = this.#templateOf(`${form}${ends ? 'e' : 'p'}`, () => this.#plainText(form, ends));
      return { at: integer(row['at']), template };
    }
    const template = this.#templateOf(`${form}l`, () => this.#forms.text(form));
    return { at: Date.parse(text(row['text']).slice(0, momentLength)), template };
  }

  #plainText(form: number, ends: boolean): string | undefined {
    const [, , admission, delivered] = this.#forms.plain(form).forms;
    return this.#forms.text(ends ? delivered : admission);
  }

  #templateOf(key: string, form: () => string | undefined): UsageTemplate {
    const known = this.#templates.get(key);
    if (known !== undefined) return known;
    const { template } = usageOfLeaf(filledForm(form() ?? '', nothing), this.#enterprise);
    this.#templates.set(key, template);
    return template;
  }
}
