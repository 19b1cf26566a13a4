import type { Digest } from '@charterbus/core-models';
import type { Constitution } from '../constitution.js';

/**
 * How a constitution came into force: when the process began, staged and then activated, or back from a later one. By
 * `revoke` it stopped to be: nothing passes until another one is in force.
 */
export const activationKinds = ['start', 'activate', 'rollback', 'revoke'] as const;
export type ActivationKind = (typeof activationKinds)[number];

/** That a constitution came into force: what the history is made of. Plain data. */
export interface Activation {
  /** From 1, without gaps. */
  readonly number: number;
  readonly kind: ActivationKind;
  readonly name: string;
  readonly revision: number;
  /** The full constitutional hash. */
  readonly hash: Digest;
  readonly shortHash: string;
  readonly dataVersion: Digest;
  /** Who did it: the operator, or what stands for one. */
  readonly by: string;
  readonly why: string;
  /** RFC 3339. */
  readonly at: string;
}

/** Who did something to a constitution, and why. */
export interface Decided {
  readonly by: string;
  readonly why: string;
}

/** What names a constitution together with the data that it was given. */
export type Version = Pick<Constitution, 'hash' | 'dataVersion'>;

export const sameVersion = (left: Version, right: Version): boolean =>
  left.hash === right.hash && left.dataVersion === right.dataVersion;

/**
 * Where a rollback leads: what was in force before the newest activation that was not itself taken back, so that a
 * second rollback goes one further and never to what was rolled back, nor to what was revoked.
 *
 * @param history oldest first.
 */
export const rollbackTarget = (
  history: readonly Activation[],
  isRevoked: (hash: Digest) => boolean,
): Activation | undefined => {
  const stack: Activation[] = [];
  for (const activation of history) {
    if (activation.kind === 'rollback') {
      const back = stack.findLastIndex((earlier) => sameVersion(earlier, activation));
      stack.splice(Math.max(back, 0));
    }
    const top = stack.at(-1);
    if (top === undefined || !sameVersion(top, activation)) stack.push(activation);
  }
  return stack.slice(0, -1).findLast(({ hash }) => !isRevoked(hash));
};
