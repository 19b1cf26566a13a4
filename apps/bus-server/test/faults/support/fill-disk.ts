import { writeFileSync } from 'node:fs';

const isFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

/** Leaves no room on the disk of this file. */
export const fillUp = (file: string): void => {
  for (let size = 4 * 2 ** 20; size >= 4096; size /= 2) {
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }
};
