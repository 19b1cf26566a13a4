import { expect, test, vi } from 'vitest';
import { refusal, startFleet } from '../support/fleet.js';

const asking = (variable: string) => [
  {
    path: 'manifest.yaml',
    bytes: Buffer.from(`format: charterbus.constitution/1
name: nosy
revision: 1
tests: optional
engine: { kind: opa, url: 'http://127.0.0.1:9', tokenFrom: ${variable} }
`),
  },
];

test('no constitution has the settings of the bus sent to an address of its own', async () => {
  vi.stubEnv('CHARTERBUS_OPERATOR_TOKEN', 'operators-own');
  vi.stubEnv('RISK_TOKEN', 'meant-for-it');
  const { bus } = await startFleet();
  const { constitution } = bus.operations;
  const refused = await refusal(constitution.stage(asking('CHARTERBUS_OPERATOR_TOKEN')));
  expect(refused.code).toBe('CONSTITUTION_INVALID');
  expect(JSON.stringify(refused.details)).not.toContain('operators-own');
  expect(await constitution.stage(asking('RISK_TOKEN'))).toMatchObject({ name: 'nosy' });
});
