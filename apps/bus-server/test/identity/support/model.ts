import type { Scope } from '@charterbus/bus';
import type { AgentKey } from '../../support/keys.js';

/** One registration of an agent: whoever is registered later under the same id is somebody else. */
export interface Person {
  readonly tenant: string;
  readonly id: string;
  key: AgentKey;
  isThere: boolean;
  isQuarantined: boolean;
  readonly subscriptions: Set<string>;
}

/** Something that was once good for speaking as somebody. */
export interface Secret {
  readonly token: string;
  /** Of a JSON Web Token the name counts: whoever is registered under it. */
  readonly of: Person | { readonly tenant: string; readonly id: string };
  readonly credential: string;
  readonly kind: 'token' | 'session' | 'jwt';
  readonly scopes: readonly Scope[] | undefined;
  readonly issuedAt: number;
  expiresAt: number;
  isRevoked: boolean;
}

export interface SentMessage {
  readonly id: string;
  readonly from: Person;
  readonly to: Person | undefined;
  readonly topicOf: string | undefined;
}

export interface Taken {
  readonly delivery: string;
  readonly fencingToken: number;
  readonly by: Person;
}

export type Who =
  | { readonly kind: 'nobody' | 'operator' | 'quarantined' }
  | { readonly kind: 'agent'; readonly person: Person; readonly secret: Secret };

/** What the fuzzer knows of the world, written down from what it did and was answered: nothing is asked of the server. */
export class Model {
  readonly people: Person[] = [];
  readonly secrets: Secret[] = [];
  readonly messages = new Map<string, SentMessage>();
  readonly taken: Taken[] = [];
  /** `tenant` or `tenant/id`. */
  readonly halted = new Set<string>();
  /** Who may be shown what a mark stands in. */
  readonly marks = new Map<string, (person: Person) => boolean>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now();
  }

  current(tenant: string, id: string): Person | undefined {
    return this.people.find((one) => one.isThere && one.tenant === tenant && one.id === id);
  }

  named(id: string): readonly Person[] {
    return this.people.filter((one) => one.isThere && one.id === id);
  }

  isHalted({ tenant, id }: Person): boolean {
    return this.halted.has(tenant) || this.halted.has(`${tenant}/${id}`);
  }

  /** Who really speaks by a token, and by what. */
  who(token: string | undefined, operator: string): Who {
    if (token === operator) return { kind: 'operator' };
    const secret = this.secrets.find((one) => one.token === token);
    if (secret === undefined || secret.isRevoked || secret.expiresAt <= this.now) return { kind: 'nobody' };
    const person = secret.kind === 'jwt' ? this.current(secret.of.tenant, secret.of.id) : (secret.of as Person);
    if (person === undefined || !person.isThere) return { kind: 'nobody' };
    return person.isQuarantined ? { kind: 'quarantined' } : { kind: 'agent', person, secret };
  }

  inForce(person: Person, kind: Secret['kind']): readonly Secret[] {
    const ofPerson = this.secrets.filter((one) => one.of === person && one.kind === kind);
    return ofPerson.filter(({ isRevoked, expiresAt }) => !isRevoked && expiresAt > this.now);
  }

  /** Ends all that is kept of a person's credentials. */
  endCredentials(person: Person): void {
    for (const secret of this.secrets) if (secret.of === person) secret.isRevoked = true;
  }

  /** Whether somebody has a part in a message. */
  isParty(person: Person, { from, to, topicOf }: SentMessage): boolean {
    return person === from || person === to || (person.tenant === topicOf && person.subscriptions.size > 0);
  }
}
