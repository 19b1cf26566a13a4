import { type EntityScope, type EntityUid, holdsFor, isBounded, type Party } from './entity-scope.js';
import type { CedarPolicy } from './read-policies.js';

export interface Parties {
  readonly principal: Party;
  readonly resource: Party;
}

type SideName = keyof Parties;

const textOf = ({ type, id }: EntityUid): string => `${type}::${id}`;

/** The entities that scopes name on one side. Parties that differ in none of them are the same to every scope. */
class NamedEntities {
  readonly #names = new Set<string>();
  readonly #tenants = new Set<string>();

  constructor(scopes: readonly EntityScope[]) {
    for (const { equals, within } of scopes) {
      for (const uid of [equals, within]) if (uid !== undefined) this.#names.add(textOf(uid));
      if (within?.type === 'Tenant') this.#tenants.add(within.id);
    }
  }

  classOf({ uid, tenant }: Party): readonly string[] {
    return [uid.type, this.#names.has(textOf(uid)) ? uid.id : '', this.#tenants.has(tenant) ? tenant : ''];
  }
}

/** Which of the policies about one action can apply to whom, as far as their scopes tell. */
export class ScopeIndex {
  readonly policies: readonly CedarPolicy[];
  readonly #principals: NamedEntities;
  readonly #resources: NamedEntities;

  constructor(policies: readonly CedarPolicy[]) {
    this.policies = policies;
    const named = (side: SideName) => new NamedEntities(policies.map(({ scope }) => scope[side]));
    this.#principals = named('principal');
    this.#resources = named('resource');
  }

  /** Equal for parties to whom the same policies can apply. */
  classOf({ principal, resource }: Parties): string {
    return JSON.stringify([...this.#principals.classOf(principal), ...this.#resources.classOf(resource)]);
  }

  /**
   * The policies whose scopes hold. Any other neither decides nor errors: Cedar asks for the scope before the conditions, and
   * a scope cannot err.
   */
  applicable({ principal, resource }: Parties): readonly CedarPolicy[] {
    return this.policies.filter(
      ({ scope }) => holdsFor(scope.principal, principal) && holdsFor(scope.resource, resource),
    );
  }
}

/** Nothing where no scope tells anybody apart. */
export const scopeIndexOf = (policies: readonly CedarPolicy[]): ScopeIndex | undefined =>
  policies.some(({ scope }) => isBounded(scope.principal) || isBounded(scope.resource))
    ? new ScopeIndex(policies)
    : undefined;
