import type { Check } from './check.ts';
import { command } from './command.ts';

/** A check by one tool of what would be published: the tarball, not the source tree. */
export function tarballCheck(name: string, program: string, argsFor: (tarball: string) => readonly string[]): Check {
  return {
    name,
    async run(scene) {
      const problems: string[] = [];
      for (const [packageName, tarball] of await scene.tarballs()) {
        const { code, output } = await command(program, argsFor(tarball), { cwd: scene.scratch });
        if (code !== 0) problems.push(`${packageName}\n${output.trim()}`);
      }
      return { problems };
    },
  };
}
