import { canonicalJson, sha256 } from '@charterbus/core-models';
import type { PolicyRecord } from '../engine/policy-engine.js';
import { type Act, actsOfPower, type PowersManifest } from './powers.js';

/** The rules that deny, by the fault that they name. */
const forbids = {
  'powers.tenant-boundary': 'Nothing crosses a tenant.',
  'powers.role-not-assigned': 'An agent whose role is no power may only query.',
  'powers.role-violation': 'The power of the role does not include this act.',
  'powers.unknown-output':
    'A validation must answer a message that the bus knows, of an agent that is still registered.',
  'powers.self-validation': 'Nobody validates its own output.',
  'powers.cross-role-validation': 'A judge does not validate a judge.',
} as const;

export type PowerForbid = keyof typeof forbids;

const acts: readonly Act[] = [...new Set(Object.values(actsOfPower).flat())];

/** The rule that lets an act pass. */
export const permitOf = (act: Act | 'receive'): string => `powers.${act.replace('_', '-')}`;

const recordOf = (id: string, effect: 'permit' | 'forbid', description: string, digested: string): PolicyRecord =>
  Object.freeze({
    id,
    effect,
    file: 'manifest.yaml',
    line: 1,
    annotations: Object.freeze({ id, description }),
    digest: sha256(`${digested} ${id}: ${description}`),
    facts: new Set<string>(),
  });

/** The rules as policies, so that verdicts, tests and coverage name them. What is declared is part of each digest. */
export const powerRules = (declaration: PowersManifest): readonly PolicyRecord[] => {
  const declared = canonicalJson({ roles: declaration.roles, acts: declaration.acts });
  return Object.freeze([
    ...acts.map((act) => recordOf(permitOf(act), 'permit', `The power of the role includes to ${act}.`, declared)),
    recordOf(permitOf('receive'), 'permit', 'What was sent within the tenant may be received.', declared),
    ...Object.entries(forbids).map(([id, description]) => recordOf(id, 'forbid', description, declared)),
  ]);
};
