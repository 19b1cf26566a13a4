import { ConstitutionalError } from '@charterbus/core-models';
import type { Constitution } from '../constitution.js';

export const revokedError = ({
  hash,
  name,
  revision,
}: Pick<Constitution, 'hash' | 'name' | 'revision'>): ConstitutionalError =>
  new ConstitutionalError('BUNDLE_REVOKED', `${name} revision ${revision} was revoked.`, { details: { hash } });

export const noPrevious = (): ConstitutionalError =>
  new ConstitutionalError('CONSTITUTION_NO_PREVIOUS', 'No constitution was in force before this one.');
