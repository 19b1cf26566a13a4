import type { JsonValue } from '@charterbus/core-models';
import type { DeclaredTable, DeclaredTool } from '../compile/declarations.js';
import type { AllowedMessage } from '../constitution-facts.js';
import type { Observation } from '../conversation.js';
import { type Hosts, namedTool, readCall, resultOf } from '../gather/call.js';
import { isJsonObject } from '../types/load-value.js';
import { valueJson } from '../types/value-json.js';
import { Wrong } from '../types/wrong.js';
import { callsOf, stateOf } from './about.js';

const none: readonly Observation[] = Object.freeze([]);

/** What allowed messages tell about their conversation. */
export class Observer {
  readonly #hosts: Hosts;
  readonly #remembered: ReadonlySet<string>;
  /** By the name of the tool whose results are rows of it. */
  readonly #tables = new Map<string, DeclaredTable[]>();

  /** @param remembered the tools whose calls are of interest. */
  constructor(hosts: Hosts, remembered: ReadonlySet<string>, tables: Iterable<DeclaredTable>) {
    this.#hosts = hosts;
    this.#remembered = remembered;
    for (const table of tables) {
      for (const tool of table.observed?.tools ?? []) {
        this.#tables.set(tool, [...(this.#tables.get(tool) ?? []), table]);
      }
    }
  }

  observe({ message, sender, recipient }: AllowedMessage): readonly Observation[] {
    if (recipient === undefined) return none;
    const calls =
      this.#remembered.size > 0 && this.#hosts.has(recipient.id) ? this.#call(message.content, recipient) : none;
    const isResult = message.type === 'response' || message.type === 'task_response';
    // An agent of another tenant may have the id of a tool without being it.
    if (!isResult || sender.tenant !== recipient.tenant || !this.#hosts.has(sender.id)) return calls;
    const tool = namedTool(this.#hosts, sender.id, message.content);
    if (tool === undefined || (tool.role !== undefined && tool.role !== sender.role)) return calls;
    const rows = this.#rows(tool, resultOf(message.content));
    return calls.length === 0 ? rows : [...calls, ...rows];
  }

  #call(content: JsonValue, recipient: NonNullable<AllowedMessage['recipient']>): readonly Observation[] {
    const call = readCall(this.#hosts, recipient, content);
    if ('wrong' in call || !this.#remembered.has(call.tool.name)) return none;
    return [{ about: callsOf(call.tool.name), keeps: 'all', value: valueJson(call.arguments) }];
  }

  #rows(tool: DeclaredTool, result: JsonValue | undefined): readonly Observation[] {
    const tables = this.#tables.get(tool.name);
    if (tables === undefined || !isJsonObject(result)) return none;
    return tables.flatMap((table) => {
      const field = table.observed?.key ?? '';
      const key = Object.hasOwn(result, field) ? result[field] : undefined;
      // No argument can be half a character, so that nobody could ask for such a row.
      if (typeof key !== 'string' || !key.isWellFormed()) return none;
      const row = table.load(result);
      // That the row has become something else is told as well: the older one is not true any more.
      const value = row instanceof Wrong ? { invalid: true } : { row: valueJson(row) };
      return [{ about: stateOf(table.name, key), keeps: 'latest' as const, value }];
    });
  }
}
