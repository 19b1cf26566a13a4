import type { TraceState } from '@opentelemetry/api';

/** As W3C Trace Context bounds a list, and what everybody has to carry of it at least. */
const most = { members: 32, characters: 512 };
const member = /^([a-z\d][a-z\d_\-*/@]{0,255})=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])$/;

/** What vendors keep of a trace, the newest first. Immutable; members that are none, or too many, are left out. */
export class StatedTraceState implements TraceState {
  readonly #members: ReadonlyMap<string, string>;

  constructor(members: ReadonlyMap<string, string>) {
    this.#members = members;
  }

  static parse(text: string): StatedTraceState {
    const members = new Map<string, string>();
    let characters = 0;
    for (const part of text.split(',', 2 * most.members)) {
      const [whole = '', key, value] = member.exec(part.trim()) ?? [];
      if (key === undefined || value === undefined || members.has(key)) continue;
      characters += whole.length + 1;
      if (members.size >= most.members || characters > most.characters) break;
      members.set(key, value);
    }
    return new StatedTraceState(members);
  }

  get(key: string): string | undefined {
    return this.#members.get(key);
  }

  set(key: string, value: string): StatedTraceState {
    return new StatedTraceState(new Map([[key, value], ...this.#without(key)]));
  }

  unset(key: string): StatedTraceState {
    return new StatedTraceState(new Map(this.#without(key)));
  }

  serialize(): string {
    return [...this.#members].map(([key, value]) => `${key}=${value}`).join(',');
  }

  #without(key: string): [string, string][] {
    return [...this.#members].filter(([other]) => other !== key);
  }
}
