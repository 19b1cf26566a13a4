import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CatalogueEntry, errorCatalogue } from '../../src/index.js';
import { root, textOf } from '../support/workspace.js';

const entries = Object.entries<CatalogueEntry>(errorCatalogue);
const serverIsThere = existsSync(join(root, 'apps/bus-server/src'));

const page = (): string => {
  const categories = [...new Set(entries.map(([, { category }]) => category))];
  const row = ([code, { status, remedy, title }]: [string, CatalogueEntry]): string =>
    `| \`${code}\` | ${status} | ${remedy} | ${title} |`;
  const sections = categories.map((category) => {
    const rows = entries.filter(([, entry]) => entry.category === category).map(row);
    return [`## ${category}`, '', '| code | status | remedy | title |', '| --- | --- | --- | --- |', ...rows].join(
      '\n',
    );
  });
  return `${[head, ...sections].join('\n\n')}\n`;
};

const head = `# Errors

Every error of Charterbus has a stable \`code\`, in process (\`error.code\`) and on the wire (\`code\` of the problem document,
RFC 9457, whose \`type\` is \`urn:charterbus:error:\` and the code in lower case with dashes). A released code is never renamed.
\`CharterbusError.isInstance(error)\` recognises them; each category has a class, such as \`MessageError\`.

The remedy says what the caller must do: \`fix-request\`: send something else · \`retry-later\`: the same may work later, where
stated after \`retryAfterMs\` · \`seek-approval\`: somebody with more authority has to agree · \`give-up\`: repeating cannot help.

This page is written from \`errorCatalogue\` by the tests of \`@charterbus/core-models\`: \`vitest -u\` there brings it up to date.`;

describe('the catalogue', () => {
  it.each(entries)('%s has a sane entry', (code, { status, title }) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)+$|^ABORTED$/);
    expect(Number.isInteger(status) && status >= 400 && status < 600).toBe(true);
    expect(title).toMatch(/^[A-Z][^\n]{3,79}[^.\n]$/);
  });

  it('tells every title once', () => {
    const titles = entries.map(([, { title }]) => title);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });

  it('asks nobody to mend the request for what is a fault of ours', () => {
    const unfair = entries.filter(([, entry]) => entry.status >= 500 && entry.remedy === 'fix-request');
    expect(unfair.map(([code]) => code)).toEqual(['CONFIGURATION_INVALID']);
  });

  it('is what docs/errors.md lists', async () => {
    await expect(page()).toMatchFileSnapshot(join(root, 'docs/errors.md'));
  });
});

describe('in the workspace', () => {
  it('every code is used by some source', (context) => {
    if (!serverIsThere) context.skip('apps/bus-server, which uses some codes, is not there');
    const sources = textOf('{packages,apps}/*/src/**/*.ts', 'errors/catalogue.ts');
    expect(entries.map(([code]) => code).filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });

  it('every class of error is met by some test', (context) => {
    if (!serverIsThere) context.skip('apps/bus-server, whose tests meet some classes, is not there');
    const tests = textOf('{packages,apps}/*/{test,src/testing}/**/*.ts', 'core-models/test/errors');
    const met = entries.filter(([code]) => tests.includes(code)).map(([, { category }]) => category);
    expect([...new Set(met)].toSorted()).toEqual([...new Set(entries.map(([, { category }]) => category))].toSorted());
  });
});
