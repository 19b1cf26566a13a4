import { fileURLToPath } from 'node:url';

/** Constitutions to begin with, each about one thing, by name. */
export const starters = Object.freeze({
  tenants: 'Messages stay within their tenant, but for bridges between two named agents.',
  roles: 'What each role may send.',
  'separation-of-powers': 'Who may propose, who may judge, and whose work.',
  'business-hours': 'Work is given in office hours, by the clock of the office.',
  amounts: 'Payments above a limit wait for an approval.',
  capabilities: 'Who may send which message types follows from capabilities.',
  egress: 'Personal data leave only as far as the recipient needs them.',
  screens: 'What reads like an injected instruction is denied, held or marked; no secret leaves its tenant.',
});

export type Starter = keyof typeof starters;

/** The languages that each starter is written in, with the same policies and the same tests. */
export const starterLanguages = Object.freeze(['cedar', 'rego'] as const);
export type StarterLanguage = (typeof starterLanguages)[number];

export const isStarter = (name: string): name is Starter => Object.hasOwn(starters, name);

/** The directory of a starter: a whole constitution, to be copied. */
export const starterDirectory = (name: Starter, language: StarterLanguage = 'cedar'): string =>
  fileURLToPath(new URL(`../starters/${name}/${language}`, import.meta.url));
