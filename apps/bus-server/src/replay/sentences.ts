import { explainFailure } from '../commands/failure.js';
import { ReplayError } from './replay-error.js';
import { ServerRefusal } from './target/http/bus-client.js';

/** What ended a replay, in words for whoever started it. */
export const sentenceOf = (failure: unknown): string => {
  if (failure instanceof ReplayError || failure instanceof ServerRefusal) return failure.message;
  return explainFailure(failure).lines.join('\n');
};
