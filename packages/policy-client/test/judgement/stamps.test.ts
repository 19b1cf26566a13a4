import { seededRandom } from '@charterbus/core-models';
import { expect, it } from 'vitest';
import { Stamps } from '../../src/judgement/stamps.js';

it('stamps are written as dates write themselves', () => {
  const [stamps, random] = [new Stamps(), seededRandom(5)];
  let moment = Date.UTC(2026, 0, 1);
  for (let count = 0; count < 5_000; count++) {
    const [far = 0, step = 0, fraction = 0] = random.bytes(3);
    moment += far < 8 ? (far - 4) * 86_400_000 * 9_000 : step - 100;
    expect(stamps.of(moment + fraction / 256)).toBe(new Date(moment + fraction / 256).toISOString());
  }
  expect(stamps.of(-1)).toBe('1969-12-31T23:59:59.999Z');
});
