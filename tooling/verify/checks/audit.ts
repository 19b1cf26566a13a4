import type { Check } from '../check.ts';
import { command } from '../command.ts';

/** Known vulnerabilities of what is installed. A registry that does not answer is told apart from one that warns. */
export const audit: Check = {
  name: 'audit',
  async run({ root }) {
    const { code, output } = await command('pnpm', ['audit', '--audit-level=moderate'], { cwd: root });
    if (code === 0) return { problems: [] };
    if (isUnavailable(output)) return { problems: [], note: 'the registry offers no audit here' };
    return { problems: [output.trim()] };
  },
};

const failures =
  /ERR_PNPM_(AUDIT_BAD_RESPONSE|AUDIT_ENDPOINT_NOT_EXISTS|META_FETCH_FAIL)|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|fetch failed/;

/** Whether pnpm's output speaks of the connection rather than of a package. */
export function isUnavailable(output: string): boolean {
  return failures.test(output);
}
