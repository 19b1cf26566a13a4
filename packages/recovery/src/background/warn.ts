import { CharterbusError } from '@charterbus/core-models';

/** Told of work that failed while no caller waited for it. */
export type BackgroundErrorListener = (task: string, error: unknown) => void;

/** What a failure may be called in public. Its words may hold parts of messages. */
export const nameOfError = (error: unknown): string => {
  if (CharterbusError.isInstance(error)) return error.code;
  return error instanceof Error ? error.name : 'unknown';
};

/** A warning of the process that names the task and the error's code, never its words: where the host listens to nothing. */
export const warnOfFailure: BackgroundErrorListener = (task, error) => {
  const code = nameOfError(error);
  process.emitWarning(`Background work failed: ${task} (${code}).`, { type: 'CharterbusWarning', code });
};

/** Tells a listener that is the host's, and so may throw: that is said as a warning, and goes no further. */
export const tellFailure = (listener: BackgroundErrorListener, task: string, error: unknown): void => {
  try {
    listener(task, error);
  } catch (thrown) {
    const kind = thrown instanceof Error ? thrown.name : typeof thrown;
    process.emitWarning(`The listener for background errors failed over ${task} (${kind}).`, 'CharterbusWarning');
  }
};
