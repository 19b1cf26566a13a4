import { expect, test } from 'vitest';
import { expectedConstitution } from '../../../../src/replay/target/http/expected-constitution.js';

const airline = new URL('../../../../../../examples/airline/constitution', import.meta.url).pathname;

test('a constitution says what its policies are without the data, which the server has', async () => {
  const { policies } = await expectedConstitution(airline);
  expect([...policies.values()].filter(({ description }) => description !== undefined).length).toBeGreaterThan(5);
});
