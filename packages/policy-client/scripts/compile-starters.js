// Compiles the Rego of the starters with the program that OPA_BIN names and stamps each module with its sources.
// Run `turbo run build` first.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stampPolicy, starterDirectory, starters } from '../dist/index.js';

const opa = process.env.OPA_BIN ?? 'opa';
const temporary = mkdtempSync(join(tmpdir(), 'starters-'));
try {
  for (const name of Object.keys(starters)) {
    const directory = starterDirectory(name, 'rego');
    const policies = join(directory, 'policies');
    const bundle = join(temporary, 'bundle.tar.gz');
    // From inside, since the paths are compiled in.
    const build = ['build', '-t', 'wasm', '-e', 'charterbus/decision', '-o', bundle, 'policies'];
    execFileSync(opa, build, { cwd: directory });
    execFileSync('tar', ['-xzf', bundle, '-C', temporary, '/policy.wasm'], { stdio: 'pipe' });
    const rego = readdirSync(policies)
      .filter((file) => file.endsWith('.rego'))
      .map((file) => ({ path: `policies/${file}`, text: readFileSync(join(policies, file), 'utf8') }));
    writeFileSync(join(directory, 'policy.wasm'), stampPolicy(readFileSync(join(temporary, 'policy.wasm')), rego));
  }
} finally {
  rmSync(temporary, { recursive: true });
}
