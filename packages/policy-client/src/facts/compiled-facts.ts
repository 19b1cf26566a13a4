import type { Digest, JsonValue } from '@charterbus/core-models';
import type { Declarations } from './compile/declarations.js';
import type { Programs } from './compile/programs.js';
import type { AllowedMessage, ConstitutionFacts, GatherOptions, StatedWorld } from './constitution-facts.js';
import { Observer } from './conversation/observe.js';
import type { Observation } from './conversation.js';
import type { ActionDeclaration } from './fact-value.js';
import { type Call, type Hosts, hostsOf, namedTool, readCall } from './gather/call.js';
import { Gathering, noValues } from './gather/gather.js';
import type { TableRows, World } from './gather/world.js';
import type { FactSubject, GatheredFacts } from './gathered-facts.js';
import { stateWorld } from './stated-world.js';

export interface CompiledParts {
  readonly declarations: Declarations;
  readonly programs: Programs;
  readonly world: World;
  /** The tables whose rows are in the constitution itself. */
  readonly bundled: ReadonlyMap<string, TableRows>;
}

const invalidCall = (action: string, name: string, { now }: GatherOptions): GatheredFacts => ({
  action,
  now,
  values: noValues,
  wanting: { code: 'CALL_INVALID', names: [name] },
});

/** What nobody foresaw. Whatever it is, the policies are not asked. */
const failed = ({ point }: FactSubject, { now }: GatherOptions, cause: unknown): GatheredFacts => ({
  action: point,
  now,
  values: noValues,
  wanting: { code: 'FACT_UNAVAILABLE', names: [], cause },
});

/** The facts of a manifest over one world. */
export class CompiledConstitutionFacts implements ConstitutionFacts {
  readonly actions: ReadonlyMap<string, ActionDeclaration>;
  readonly slots: Readonly<Record<string, Digest>>;
  readonly screens: ReadonlySet<string>;
  readonly ofRecipient: ReadonlySet<string>;
  readonly #parts: CompiledParts;
  readonly #hosts: Hosts;
  readonly #observer: Observer;

  constructor(parts: CompiledParts) {
    const { declarations, programs, world } = parts;
    this.#parts = parts;
    this.actions = new Map([...programs.actions].map(([name, { declaration }]) => [name, declaration]));
    this.slots = world.slots;
    this.screens = new Set(declarations.screens.values());
    const atReceive = [...(programs.actions.get('receive')?.facts ?? [])];
    this.ofRecipient = new Set(atReceive.flatMap(([name, { ofRecipient }]) => (ofRecipient ? [name] : [])));
    this.#hosts = hostsOf(declarations.tools.values());
    this.#observer = new Observer(this.#hosts, programs.remembered, declarations.tables.values());
  }

  gather(subject: FactSubject, options: GatherOptions, signal: AbortSignal): GatheredFacts | Promise<GatheredFacts> {
    try {
      const gathered = this.#resolve(subject, options, signal);
      return gathered instanceof Promise
        ? gathered.catch((cause: unknown) => failed(subject, options, cause))
        : gathered;
    } catch (cause) {
      return failed(subject, options, cause);
    }
  }

  toolOf(recipient: string, content: JsonValue): string | undefined {
    return namedTool(this.#hosts, recipient, content)?.name;
  }

  observe(allowed: AllowedMessage): readonly Observation[] {
    return this.#observer.observe(allowed);
  }

  withWorld(stated: StatedWorld): { readonly facts: ConstitutionFacts } | { readonly problems: readonly string[] } {
    const { declarations, bundled } = this.#parts;
    const made = stateWorld(stated, declarations, bundled);
    if (made.world === undefined) return { problems: made.problems };
    return { facts: new CompiledConstitutionFacts({ ...this.#parts, world: made.world }) };
  }

  #resolve(subject: FactSubject, options: GatherOptions, signal: AbortSignal): GatheredFacts | Promise<GatheredFacts> {
    const { point, recipient, message } = subject;
    if (recipient === undefined || !this.#hosts.has(recipient.id)) return this.#gather(point, subject, options, signal);
    if (point === 'receive') {
      return 'agent' in message.to
        ? this.#gather('receive', subject, options, signal)
        : invalidCall('receive', 'to', options);
    }
    const call = readCall(this.#hosts, recipient, message.content);
    if ('wrong' in call) return invalidCall(call.tool?.name ?? 'send', call.wrong, options);
    return this.#gather(call.tool.name, subject, options, signal, call);
  }

  #gather(
    name: string,
    subject: FactSubject,
    { now, wanted }: GatherOptions,
    signal: AbortSignal,
    call?: Call & { readonly arguments: object },
  ): GatheredFacts | Promise<GatheredFacts> {
    const action = this.#parts.programs.actions.get(name);
    const names = wanted(name);
    if (names.size === 0) return { action: name, now, values: noValues };
    if (action === undefined) throw new Error(`There is no action ${name}.`);
    const { world, programs } = this.#parts;
    const inputs = { subject, now, world, signal, ...(call === undefined ? {} : { call: call.arguments }) };
    return new Gathering(action, names, inputs, programs.running).gather();
  }
}
