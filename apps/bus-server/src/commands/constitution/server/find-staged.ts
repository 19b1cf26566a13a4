import { ConstitutionalError } from '@charterbus/core-models';
import { z } from 'zod';
import { stagedSchema } from '../../../http/schemas/constitution.js';
import type { OperatorClient } from '../../server/operator-client.js';

type Staged = z.output<typeof stagedSchema>;

const listSchema = z.strictObject({ staged: z.array(stagedSchema) });

const which = (staged: readonly Staged[], begins: string | undefined): string => {
  if (staged.length === 0) return 'Nothing is staged; stage a constitution first.';
  return begins === undefined
    ? 'Several constitutions are staged; state the hash of one, or how it begins.'
    : `Not exactly one staged constitution has a hash that begins with ${begins}.`;
};

/**
 * The staged constitution whose full hash begins so; the only one, where nothing is stated.
 *
 * @throws ConstitutionalError `CONSTITUTION_NOT_STAGED` where that is not exactly one.
 */
export const findStaged = async (client: OperatorClient, begins: string | undefined): Promise<Staged> => {
  const { staged } = await client.ask({ method: 'GET', path: '/v1/constitution/staged', answer: listSchema });
  const [found, another] = staged.filter(({ hash }) => hash.startsWith(begins ?? ''));
  if (found !== undefined && another === undefined) return found;
  throw new ConstitutionalError('CONSTITUTION_NOT_STAGED', which(staged, begins));
};
