import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadConstitution } from '../../src/index.js';

const page = new URL('../../../../docs/facts.md', import.meta.url);

/** The files that the page shows: each stands in a block under the comment that names it. */
const filesOf = (text: string) =>
  [...text.matchAll(/<!-- file: (\S+) -->\n+```\w+\n(.*?)```/gs)].map(([, path = '', content = '']) => ({
    path,
    bytes: new TextEncoder().encode(content),
  }));

test('the shop of docs/facts.md is a constitution whose tests pass', async () => {
  const files = filesOf(await readFile(page, 'utf8'));
  expect(files.map(({ path }) => path)).toEqual(['manifest.yaml', 'policies/shop.cedar', 'tests/refunds.yaml']);
  await using constitution = await loadConstitution(files, { checkOnly: true });
  expect([...constitution.policies.keys()]).toEqual(['delivered', 'inside', 'refund-amount', 'refund-window']);
});

test('the screens of docs/facts.md are read', async () => {
  const [, facts = ''] = /<!-- screens -->\n+```yaml\n(.*?)```/s.exec(await readFile(page, 'utf8')) ?? [];
  const manifest = `format: charterbus.constitution/1
name: screened
revision: 1
engine: cedar
tests: optional
facts:
${facts.replaceAll(/^(?=.)/gm, '  ')}`;
  const policies = `@id("all") permit (principal, action, resource);
@id("away") forbid (principal, action == Action::"send", resource)
when { context.injection_kinds.contains("exfiltration") };`;
  const files = Object.entries({ 'manifest.yaml': manifest, 'policies/a.cedar': policies });
  await using constitution = await loadConstitution(
    files.map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) })),
  );
  expect([...constitution.screens]).toEqual(['prompt-injection', 'secrets']);
});

test('the provider of docs/facts.md is one', async () => {
  const text = await readFile(page, 'utf8');
  const [, provider = ''] = /```yaml\n(providers:\n.*?)```/s.exec(text) ?? [];
  const indented = provider.replaceAll(/^/gm, '  ').trimEnd();
  const files = filesOf(text).map((file) =>
    file.path === 'manifest.yaml'
      ? {
          path: file.path,
          bytes: new TextEncoder().encode(
            `${new TextDecoder().decode(file.bytes)}        risk: risk(args.order_id)\n${indented}\n`,
          ),
        }
      : file,
  );
  const [outcome] = await Promise.allSettled([loadConstitution(files, { checkOnly: true })]);
  // It is read and asked; the page's policy tests state no answer of it, and no policy reads it.
  expect(outcome).toMatchObject({ status: 'fulfilled' });
});
