import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ServerProcess, scratchDirectory } from './support/server-process.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(root, 'README.md'), 'utf8');

const block = (language: string): string => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(page)?.[1] ?? '';

describe('the front page', () => {
  it('walks a first governed message with curl: accepted, denied, unreachable, claimed, acknowledged, traced', async () => {
    using scratch = scratchDirectory();
    await using server = ServerProcess.serve(join(scratch.path, 'data'));
    const script = block('sh').replace('http://127.0.0.1:7420', await server.url);
    const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
    const walk = run('bash', ['--norc', '-euo', 'pipefail', '-c', script], { cwd: scratch.path, env: { PATH } });
    const { stdout, stderr } = await walk;
    expect(stderr).toBe('');
    const [accepted, denied, unreachable, claimed, acknowledged, trace] = stdout.split('\n');
    expect(JSON.parse(accepted ?? '')).toMatchObject({ status: 'accepted', durability: 'fsync' });
    expect(JSON.parse(denied ?? '')).toMatchObject({ status: 403, code: 'POLICY_DEFAULT_DENY' });
    expect(JSON.parse(unreachable ?? '')).toMatchObject({ status: 403, code: 'RECIPIENT_UNREACHABLE' });
    expect(JSON.parse(claimed ?? '')).toMatchObject({ deliveries: [{ attempt: 1, message: { from: 'planner' } }] });
    expect(acknowledged).toBe('204');
    expect(JSON.parse(trace ?? '')).toMatchObject({ status: 'delivered' });
  });

  it('shows TypeScript that runs as it stands', async () => {
    const args = ['--input-type=module-typescript', '--eval', block('ts')];
    const { stdout } = await run(process.execPath, args, { cwd: join(root, 'apps/bus-server') });
    expect(stdout).toBe("{ done: 'tidy up' }\n");
  });

  it('leads nowhere that is not there: links of the front page and of the documents', () => {
    const documents = [
      'README.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      'examples/airline/README.md',
      ...markdownIn('docs'),
      ...markdownIn('docs/engines'),
      ...markdownIn('docs/guides'),
      ...markdownIn('docs/decisions'),
    ];
    const broken = documents.flatMap((document) =>
      [...readFileSync(join(root, document), 'utf8').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
        .map(([, target = '']) => ({ document, target }))
        .filter(({ target }) => !existsSync(join(root, dirname(document), target))),
    );
    expect(broken).toEqual([]);
  });
});

const markdownIn = (directory: string): readonly string[] =>
  readdirSync(join(root, directory))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(directory, name));
