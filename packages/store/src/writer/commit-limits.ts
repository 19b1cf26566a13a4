/** Bounds of what shares a commit, and of what may wait for one. Bytes are those of strings and blobs, estimated. */
export interface CommitLimits {
  /** Writes in one transaction; a unit that has more commits alone. Default 8192. */
  readonly batchWrites?: number;
  /** Default 4 MiB. */
  readonly batchBytes?: number;
  /** Units that wait; further ones are turned away with `STORE_UNAVAILABLE`. Default 65536. */
  readonly waitingUnits?: number;
  /** Default 64 MiB. */
  readonly waitingBytes?: number;
}

export const defaultCommitLimits: Required<CommitLimits> = Object.freeze({
  batchWrites: 8192,
  batchBytes: 4 * 1024 * 1024,
  waitingUnits: 65_536,
  waitingBytes: 64 * 1024 * 1024,
});
