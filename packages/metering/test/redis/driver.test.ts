import { expect, test, vi } from 'vitest';
import { openRedisLedger } from '../../src/redis/index.js';

vi.mock('ioredis', () => {
  throw new Error('Cannot find package');
});

test('where the driver is missing, the error names what to install', async () => {
  const ledger = openRedisLedger({ redis: 'redis://127.0.0.1:1' });
  const asked = Promise.resolve(ledger.cursor('log'));
  await expect(asked).rejects.toThrow('Metering on Redis needs the package ioredis: install it.');
  await expect(asked).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
});
