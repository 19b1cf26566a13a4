import { mountSmallDisk } from '@charterbus/tooling/testing';
import { onTestFinished, type TestContext } from 'vitest';
import { scratchDirectory } from '../../support/server-process.js';

/** A directory on a file system of eight megabytes, unmounted after the test; where nobody may mount one the test is skipped, and says so. */
export const smallDisk = (context: TestContext): string => {
  const directory = scratchDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  const disk = mountSmallDisk(directory.path, 8);
  // No stand-in fills up as a real one does: elsewhere there is nothing to be tried.
  if (disk === undefined) return context.skip('a small file system can be mounted only by root, on Linux');
  onTestFinished(() => disk[Symbol.dispose]());
  return directory.path;
};
