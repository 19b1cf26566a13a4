import { expect, it } from 'vitest';
import { combineEffects } from '../../src/index.js';

it.each([
  [['allow', 'allow'], 'allow'],
  [['allow', 'escalate'], 'escalate'],
  [['escalate', 'deny', 'allow'], 'deny'],
  [['deny'], 'deny'],
  [[], 'deny'],
  [['allow', 'Allow' as 'allow'], 'deny'],
] as const)('combines %j to %s', (effects, combined) => {
  expect(combineEffects(effects)).toBe(combined);
});
