import { expect, test } from 'vitest';
import { entryImports, importsOf, readmeExample } from '../../verify/checks/smoke-sources.ts';

test('every entry that holds code is imported', () => {
  const exports = { '.': {}, './sqlite': {}, './package.json': './package.json' };
  expect(entryImports({ name: '@charterbus/bus', exports })).toEqual(['@charterbus/bus', '@charterbus/bus/sqlite']);
  expect(importsOf(['@charterbus/bus'])).toContain('import * as entry0 from "@charterbus/bus";');
});

test('the example of a README is its first block of TypeScript', () => {
  const readme = '# bus\n\n```sh\nnpm i\n```\n\n```ts\nawait send();\n```\n\n```ts\nlater();\n```\n';
  expect(readmeExample(readme)).toBe('await send();\n\nexport {};\n');
  expect(readmeExample('# bus\n')).toBeUndefined();
});
