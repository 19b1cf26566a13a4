import { readFileSync } from 'node:fs';
import { type MetricDeclaration, metricCatalogue } from '@charterbus/metering';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../../../docs/observability.md', import.meta.url), 'utf8');
const [, table = ''] = /<!-- metrics -->\n([\s\S]*?)<!-- metrics end -->/.exec(page) ?? [];

const rowOf = ({ name, kind, labels, help }: MetricDeclaration): string =>
  `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label.name}\``).join(', ')} | ${help} |`;

test('the page lists all metrics as the catalogue has them', () => {
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(Object.values(metricCatalogue).map(rowOf));
});
