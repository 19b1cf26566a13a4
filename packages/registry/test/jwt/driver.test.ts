import { expect, test, vi } from 'vitest';
import { createJwtAuthenticator } from '../../src/jwt/index.js';

vi.mock('jose', () => {
  throw new Error('Cannot find package');
});

test('where jose is missing, the error names what to install', async () => {
  const created = createJwtAuthenticator({ issuer: 'i', audience: 'a', jwks: { keys: [] } });
  await expect(created).rejects.toThrow('JSON Web Tokens need the package jose: install it.');
  await expect(created).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
});
