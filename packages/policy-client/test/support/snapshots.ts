import type { ConstitutionFile } from '@charterbus/core-models';
import type { Actions, EngineSnapshot, PolicyEngine } from '../../src/index.js';
import { noFacts } from '../../src/index.js';
import { readSources } from '../../src/source/read-sources.js';
import { never } from './requests.js';

/** A snapshot of what the files hold; a problem fails the test. */
export const snapshotOf = async (
  engine: PolicyEngine,
  files: readonly ConstitutionFile[],
  actions: Actions = noFacts.actions,
): Promise<EngineSnapshot> => {
  const sources = readSources(files);
  if (sources.value === undefined) throw new Error(JSON.stringify(sources.problems));
  const loaded = await engine.load(sources.value, actions, never);
  if (loaded.snapshot === undefined) throw new Error(JSON.stringify(loaded.problems));
  return loaded.snapshot;
};
