import { execFileSync } from 'node:child_process';

/** Mounts a file system of so many megabytes there, or says that nobody here may. */
export const mountSmallDisk = (directory: string, megabytes: number): Disposable | undefined => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    // Only root may, on Linux: the caller says so.
    return undefined;
  }
  return { [Symbol.dispose]: () => void execFileSync('umount', [directory]) };
};
