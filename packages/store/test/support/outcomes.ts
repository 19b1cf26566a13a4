import { CharterbusError } from '@charterbus/core-models';

const codeOf = (thrown: unknown): string => (CharterbusError.isInstance(thrown) ? thrown.code : String(thrown));

/** `kept`, or the code of the error. */
export const outcomeOf = (commit: Promise<unknown>): Promise<string> => commit.then(() => 'kept', codeOf);

/** What a call throws, as its JSON form where it is an error of ours. */
export const thrownBy = (call: () => unknown): unknown => {
  try {
    call();
    return undefined;
  } catch (thrown) {
    return CharterbusError.isInstance(thrown) ? thrown.toJSON() : thrown;
  }
};
