import { promisify } from 'node:util';
import { gunzip, type InputType, type ZlibOptions } from 'node:zlib';
import { bundleError } from '../bundle-error.js';
import { bundleLimits } from './bundle-limits.js';

/** What zlib calls back with when it is asked for its state too (`info`), which the types do not know. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

const inflateWithState = promisify(
  gunzip as (input: InputType, options: ZlibOptions, callback: (error: Error | null, result: unknown) => void) => void,
) as (input: InputType, options: ZlibOptions) => Promise<Inflated>;

const tooLarge = (cause?: unknown) =>
  bundleError('BUNDLE_INVALID', `is larger than ${bundleLimits.inflatedBytes} bytes once inflated.`, { cause });

/** Inflates piece by piece and stops at the limit, however much more there were. */
export const inflate = async (bytes: Uint8Array): Promise<Uint8Array> => {
  if (bytes.length > bundleLimits.compressedBytes) {
    throw bundleError('BUNDLE_INVALID', `is larger than ${bundleLimits.compressedBytes} bytes.`);
  }
  try {
    const { buffer, engine } = await inflateWithState(bytes, {
      maxOutputLength: bundleLimits.inflatedBytes,
      info: true,
    });
    if (engine.bytesWritten === bytes.length) return buffer;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(cause);
    throw bundleError('BUNDLE_INVALID', 'is not whole gzip data.', { cause });
  }
  throw bundleError('BUNDLE_INVALID', 'has something behind its gzip data.');
};
