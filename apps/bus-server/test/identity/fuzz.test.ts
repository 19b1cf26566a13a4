import { describe, expect, it } from 'vitest';
import { fuzz, type Report } from './support/fuzz.js';

const seconds = Number(process.env['CHARTERBUS_FUZZ_SECONDS'] ?? 0);
const first = Number(process.env['CHARTERBUS_SEED'] ?? 20_261_201);

const leaks = ({ log, secrets }: Report): readonly string[] => secrets.filter((secret) => log.includes(secret));

/** Both ways for each kind: what is never refused, or never succeeds, shows nothing. */
const oneSided = ({ outcomes }: Report): readonly string[] =>
  [...outcomes].filter(([, { succeeded, refused }]) => succeeded === 0 || refused === 0).map(([name]) => name);

describe('whoever speaks as another', () => {
  it('gets nothing done, seen or taken, by whatever token, path or body', { timeout: 60_000 }, async () => {
    const report = await fuzz(first, { isOver: (requests) => requests >= 2500 });
    expect(report.fault).toBeUndefined();
    expect(leaks(report)).toEqual([]);
    expect(report.log).toContain('request refused');
    expect(oneSided(report).filter((name) => !['challenge', 'overwrite'].includes(name))).toEqual([]);
  });

  it(`gets nothing however long it tries, from the seed ${first} on`, {
    timeout: (seconds + 60) * 1000,
  }, async (context) => {
    if (seconds === 0) context.skip('CHARTERBUS_FUZZ_SECONDS=600 tries it for so long');
    const end = performance.now() + seconds * 1000;
    let requests = 0;
    for (let seed = first; performance.now() < end; seed += 1) {
      const report = await fuzz(seed, { isOver: (count) => count >= 4000 || performance.now() > end });
      expect(report.fault).toBeUndefined();
      expect(leaks(report)).toEqual([]);
      requests += report.requests;
    }
    console.log(`${requests} requests`);
  });
});
