import type { MessageType, SingleEngineManifest } from '@charterbus/core-models';

export type PowersManifest = Extract<SingleEngineManifest, { readonly kind: 'separation-of-powers' }>;
export type Power = PowersManifest['roles'][string];
export type Act = NonNullable<PowersManifest['acts'][MessageType]>;

/** What each power may do. Nobody else may do more than query. */
export const actsOfPower: Readonly<Record<Power, readonly Act[]>> = {
  executive: ['propose', 'synthesize', 'query'],
  legislative: ['extract_rules', 'synthesize', 'query'],
  judicial: ['validate', 'audit', 'query'],
};

/** What a message counts as by its type, unless the manifest says otherwise. */
export const actOfType: Readonly<Record<MessageType, Act>> = {
  command: 'propose',
  governance_request: 'propose',
  governance_response: 'propose',
  constitutional_validation: 'validate',
  task_request: 'synthesize',
  task_response: 'synthesize',
  query: 'query',
  response: 'query',
  event: 'query',
  notification: 'query',
  heartbeat: 'query',
};

/** The power of an agent by its role, if it has any. */
export const powerOf = ({ roles }: PowersManifest, role: string | undefined): Power | undefined =>
  role !== undefined && Object.hasOwn(roles, role) ? roles[role] : undefined;
