import type { Check } from './check.ts';
import { command } from './command.ts';

/** A check that is one tool's exit code, with its output where it fails. */
export function toolCheck(name: string, program: string, args: readonly string[]): Check {
  return {
    name,
    async run({ root }) {
      const { code, output } = await command(program, args, { cwd: root });
      return { problems: code === 0 ? [] : [output.trim()] };
    },
  };
}
