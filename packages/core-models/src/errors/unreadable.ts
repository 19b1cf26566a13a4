/// <reference lib="esnext.error" />
import { MessageError } from './categories.js';

/**
 * The error of input that threw while it was read. Its cause is kept only where it is a real error: whoever logs causes
 * would run the traps of a proxy.
 */
export const unreadable = (message: string, thrown: unknown): MessageError =>
  new MessageError('MESSAGE_INVALID', message, Error.isError(thrown) ? { cause: thrown } : {});
