import type { VerifiedBundle } from '../verified-bundle.js';

/** Where bundles come from. What it gives is verified; whether it may be in force is not its question. */
export interface BundleSource {
  /** For logs and for `VerifiedBundle.source`. */
  readonly name: string;
  /**
   * What it has. Given what is known, it waits until it has another; without, it answers at once.
   *
   * @throws ConstitutionalError `BUNDLE_UNAVAILABLE` where it cannot be reached, or what is wrong with what it has; the
   * signal's reason when aborted. The caller decides when to ask again.
   */
  next(known: VerifiedBundle | undefined, signal: AbortSignal): Promise<VerifiedBundle>;
}

/** Whether two bundles say the same, so that nothing need be done about the second. */
export const saysTheSame = (left: VerifiedBundle, right: VerifiedBundle): boolean =>
  left.hash === right.hash &&
  left.status === right.status &&
  left.signedBy === right.signedBy &&
  left.revokes.join() === right.revokes.join();
