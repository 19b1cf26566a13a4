import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConstitutionFile } from '@charterbus/core-models';
import { type Constitution, cedarEngine, loadConstitution, type PolicyEngine } from '@charterbus/policy-client';
import { airlineData, idealHits, requireService } from '@charterbus/tooling/testing';
import { expect, it } from 'vitest';
import { parseConversation } from '../../src/replay/trace/parse-conversation.js';
import { type Step, translate } from '../../src/replay/translate/translate.js';
import { GovernedConversation } from './support/governed-conversation.js';
import { airlineFiles } from './support/load-airline.js';
import { readTables } from './support/replayed.js';

/** The airline's constitution with so many answers remembered; policy tests would be asked about, too. */
const remembering = (files: readonly ConstitutionFile[], entries: number): readonly ConstitutionFile[] =>
  files
    .filter(({ path }) => !path.startsWith('tests/'))
    .map(({ path, bytes }) => {
      if (path !== 'manifest.yaml') return { path, bytes };
      const text = Buffer.from(bytes).toString().replace('tests: required', 'tests: optional');
      return { path, bytes: Buffer.from(`${text}\ncache: { entries: ${entries} }\n`) };
    });

/** Cedar, and all that it was handed. */
const watched = () => {
  const handed: string[] = [];
  const cedar = cedarEngine();
  const engine: PolicyEngine = {
    ...cedar,
    async load(...given) {
      const loaded = await cedar.load(...given);
      if (loaded.snapshot === undefined) return loaded;
      const { snapshot } = loaded;
      const evaluate: typeof snapshot.evaluate = (request, signal) => {
        handed.push(JSON.stringify(request));
        return snapshot.evaluate(request, signal);
      };
      const { policies } = snapshot;
      const reads = (action: string) => snapshot.reads?.(action);
      return { snapshot: { policies, reads, evaluate, close: () => snapshot.close() }, problems: [] };
    },
  };
  return { handed, engine };
};

const conversationsIn = (trace: string): readonly (readonly Step[])[] =>
  readFileSync(trace, 'utf8')
    .trim()
    .split('\n')
    .flatMap((text, index) => {
      const parsed = parseConversation({ number: index + 1, bytes: Buffer.byteLength(text), text });
      if ('malformed' in parsed) return [];
      const translated = translate(parsed.conversation);
      return 'malformed' in translated ? [] : [translated.translation.steps];
    });

const judgeAll = async (constitution: Constitution, conversations: readonly (readonly Step[])[]): Promise<void> => {
  for (const steps of conversations) {
    const conversation = new GovernedConversation(constitution);
    for (const step of steps) await conversation.pass(step);
  }
};

it('finds as many answers of the recorded conversations as an ideal LRU', { timeout: 120_000 }, async (context) => {
  const data = requireService(context, airlineData);
  const slots = Object.entries(readTables(data)).map(([table, rows]) => ({
    path: `${table}.json`,
    bytes: Buffer.from(JSON.stringify(rows)),
  }));
  const conversations = conversationsIn(join(data, 'trajectories.jsonl'));
  const files = await airlineFiles();
  const { handed, engine } = watched();
  {
    await using forgetful = await loadConstitution(remembering(files, 0), { slots, engine });
    await judgeAll(forgetful, conversations);
  }
  expect(handed.length).toBeGreaterThan(3_000);
  const rates: [number, number][] = [];
  for (const entries of [8, 32, 10_000]) {
    await using constitution = await loadConstitution(remembering(files, entries), { slots });
    await judgeAll(constitution, conversations);
    const { hits = 0, misses = 0, passed = 0 } = constitution.cacheCounts ?? {};
    expect([hits + misses, passed]).toEqual([handed.length, 0]);
    rates.push([hits / handed.length, idealHits(handed, entries) / handed.length]);
  }
  for (const [rate, ideal] of rates) expect(Math.abs(rate - ideal)).toBeLessThanOrEqual(0.005);
  expect(rates.at(-1)?.[0]).toBeGreaterThan(0.5);
});
