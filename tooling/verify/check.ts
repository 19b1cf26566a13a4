import type { Workspace } from './workspace.ts';

/** What one check found: nothing is good, a note says what was not looked at and why. */
export interface Finding {
  readonly problems: readonly string[];
  readonly note?: string;
}

/** What the checks share. */
export interface Scene {
  readonly root: string;
  readonly workspaces: readonly Workspace[];
  /** Whether this runs in continuous integration, where nothing may be left out. */
  readonly continuousIntegration: boolean;
  /** A directory that is deleted afterwards. */
  readonly scratch: string;
  /** The tarball of each publishable package, by package name, packed once. */
  tarballs(): Promise<ReadonlyMap<string, string>>;
}

export interface Check {
  readonly name: string;
  run(scene: Scene): Promise<Finding>;
}

/** What could not be looked at: told on a developer's machine, a problem in continuous integration. */
export function unchecked(scene: Scene, reason: string): Finding {
  return scene.continuousIntegration ? { problems: [reason] } : { problems: [], note: reason };
}
