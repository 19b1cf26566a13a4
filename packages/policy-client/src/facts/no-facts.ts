import type { ConstitutionFacts, StatedWorld } from './constitution-facts.js';
import type { ActionDeclaration } from './fact-value.js';
import { noValues } from './gather/gather.js';

const action = (name: string): readonly [string, ActionDeclaration] => [name, { name, tool: false, facts: new Map() }];

const stated = ({ tables, providers }: StatedWorld) => {
  const names = [...Object.keys(tables), ...Object.keys(providers)];
  return names.length === 0
    ? { facts: noFacts }
    : { problems: names.map((name) => `The constitution declares no ${name}.`) };
};

/** The facts of a constitution that declares none. */
export const noFacts: ConstitutionFacts = Object.freeze<ConstitutionFacts>({
  actions: new Map([action('send'), action('receive')]),
  slots: Object.freeze({}),
  screens: new Set<string>(),
  ofRecipient: new Set<string>(),
  gather: ({ point }, { now, wanted }) => {
    const names = wanted(point);
    if (names.size === 0) return { action: point, now, values: noValues };
    const wanting = { code: 'FACT_UNAVAILABLE', names: [...names].sort() } as const;
    return { action: point, now, values: noValues, wanting };
  },
  toolOf: () => undefined,
  observe: () => [],
  withWorld: stated,
});
