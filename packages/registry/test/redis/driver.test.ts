import { expect, test, vi } from 'vitest';
import { openRedisRegistry } from '../../src/redis/index.js';

vi.mock('ioredis', () => {
  throw new Error('Cannot find package');
});

test('where the driver is missing, the error names what to install', async () => {
  const opened = openRedisRegistry({ redis: 'redis://127.0.0.1:1' });
  await expect(opened).rejects.toThrow('A registry on Redis needs the package ioredis: install it.');
  await expect(opened).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
});
