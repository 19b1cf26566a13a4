import type { Constitution } from '@charterbus/policy-client';
import type { PolicyText } from './replay-target.js';

/** What a constitution says of its policies, by id. */
export const policyTexts = ({ policies }: Pick<Constitution, 'policies'>): ReadonlyMap<string, PolicyText> =>
  new Map(
    [...policies].map(([id, { file, line, annotations }]) => {
      const { description } = annotations;
      return [id, { file, line, ...(description === undefined ? {} : { description }) }];
    }),
  );
