import type { Progress } from '../../src/progress.js';

export const quiet: Progress = { begin: () => ({ [Symbol.dispose]: () => {} }), step: () => {} };
