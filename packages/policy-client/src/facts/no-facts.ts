import type { ConstitutionFacts } from './constitution-facts.js';
import type { ActionDeclaration } from './fact-value.js';

const action = (name: string): ActionDeclaration => ({ name, tool: false, facts: new Map() });

/** The facts of a constitution that declares none. */
export const noFacts: ConstitutionFacts = Object.freeze<ConstitutionFacts>({
  actions: new Map([
    ['send', action('send')],
    ['receive', action('receive')],
  ]),
  slots: Object.freeze({}),
  gather: ({ point }, { now }) => ({ action: point, now, values: {} }),
  observe: () => [],
  withWorld: () => ({ facts: noFacts }),
});
