import { expect, test } from 'vitest';
import { CharterbusError, type ErrorCode, errorCatalogue, errorOfCode, PolicyError } from '../../src/index.js';

test('every code has an error of its category', () => {
  for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
    const error = errorOfCode(code, 'why', { details: { some: 'fact' } });
    expect(CharterbusError.isInstance(error)).toBe(true);
    expect(error.toJSON()).toMatchObject({ code, message: 'why', details: { some: 'fact' } });
    expect(PolicyError.isInstance(error)).toBe(errorCatalogue[code].category === 'policy');
  }
});
