import { collectDefaultMetrics, Registry } from 'prom-client';

/** What prom-client knows of the process: CPU, memory, event loop, garbage collection. One for each process is enough. */
export const processMetrics = (): Registry => {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
};
