import { freePort } from '@charterbus/tooling/testing';
import { describe, expect, it } from 'vitest';
import { type Block, blocksOf, confirmed, readPage, shownOf, walk } from './support/walk-guide.js';

const guide = readPage('docs/guides/write-your-first-constitution.md');

describe('the guide to a first constitution', () => {
  it('shows what its commands print', { timeout: 240_000 }, async () => {
    const port = String(await freePort());
    const blocks = blocksOf(guide).map(
      (block): Block => ({ ...block, text: block.text.replaceAll(':7420', `:${port}`) }),
    );
    const printed = await walk(blocks, { CHARTERBUS_PORT: port });
    const shown = shownOf(blocks, printed);
    expect(shown.length).toBeGreaterThanOrEqual(12);
    for (const each of shown) expect(confirmed(each)).toEqual(each.parts);
  });

  it('shows the policy that it changes as it is written', () => {
    const [policy] = blocksOf(guide).filter(({ language }) => language === 'cedar');
    const begins = readPage('packages/policy-client/constitutions/starter/policies/messages.cedar');
    expect(begins).toContain(policy?.text ?? 'no policy');
  });
});
