import type { Manifest } from '../../verify/workspace.ts';

/** A manifest with nothing in it but what a test sets. */
export function manifestOf(name: string, parts: Partial<Manifest> = {}): Manifest {
  return {
    name: `@charterbus/${name}`,
    version: '0.1.0',
    private: false,
    engines: {},
    bin: {},
    exports: {},
    publishConfig: {},
    dependencies: {},
    devDependencies: {},
    peerDependencies: {},
    optionalDependencies: {},
    ...parts,
  };
}
