/** What ends a replay, in one sentence for whoever started it. Never leaves the command line. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
}
