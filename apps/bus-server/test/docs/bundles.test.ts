import { readFileSync } from 'node:fs';
import { freePort, opa, requireService } from '@charterbus/tooling/testing';
import { describe, expect, it } from 'vitest';
import { blocksOf, walk } from '../support/page.js';
import { scratchDirectory } from '../support/server-process.js';

const page = readFileSync(new URL('../../../../docs/bundles.md', import.meta.url), 'utf8');
const [form = '', serving = ''] = page.split('## Serving from bundles\n');
const [before = '', after = ''] = form.split("## With OPA's tools\n");

/** Hashes change with every word of the starter, and are shown as what they are. */
const lasting = (output: string): string =>
  output.replaceAll(/\b(?:[0-9a-f]{64}|[0-9a-f]{16})\b/g, 'HASH').replaceAll(/[ \t]+$/gm, '');

const shown = (text: string) => blocksOf(text).filter(({ output }) => output !== '').length;

describe('the page about bundles', () => {
  it('shows what its commands print', { timeout: 120_000 }, async () => {
    using scratch = scratchDirectory();
    const blocks = blocksOf(before);
    const printed = await walk(blocks, scratch.path);
    expect(shown(before)).toBe(4);
    for (const [index, { output }] of blocks.entries()) expect(lasting(printed[index] ?? '')).toBe(output);
  });

  it('shows how a server follows one', { timeout: 120_000 }, async () => {
    using scratch = scratchDirectory();
    const port = await freePort();
    const environment = `export CHARTERBUS_PORT=${port}; trap 'kill $(jobs -p) 2>/dev/null || true' EXIT`;
    const served = blocksOf(serving.replaceAll(':7420', `:${port}`));
    const blocks = [...blocksOf(before), { commands: environment, output: '' }, ...served];
    const printed = await walk(blocks, scratch.path);
    expect(shown(serving)).toBe(3);
    for (const [index, { output }] of blocks.entries()) expect(lasting(printed[index] ?? '')).toBe(output);
  });

  it("shows what OPA's tools print", { timeout: 120_000 }, async (context) => {
    const program = requireService(context, opa);
    using scratch = scratchDirectory();
    const blocks = [...blocksOf(before), ...blocksOf(after)];
    const printed = await walk(blocks, scratch.path, [program]);
    expect(shown(after)).toBe(2);
    for (const [index, { output }] of blocks.entries()) expect(lasting(printed[index] ?? '')).toBe(output);
  });
});
