import type { BusOptions } from '@charterbus/bus';
import type { ConstitutionFile } from '@charterbus/core-models';
import { defaultConstitutionDirectory, loadConstitution, readConstitutionDirectory } from '@charterbus/policy-client';
import type { Row } from '../../suite.js';
import { openGoverned } from '../in-process/governed.js';
import { allQuotas } from './quotas.js';
import { recordInMemory } from './recording.js';

const shape = { senders: 1, recipients: 1, inFlight: 64 } as const;

const profile = `in-process: governed delivery, ${shape.inFlight} in flight, with the same on as there (metering, health, instruments)`;

/** A manifest is YAML, of which JSON is a part. */
const withQuotas = (files: readonly ConstitutionFile[]): readonly ConstitutionFile[] =>
  files.map(({ path, bytes }) =>
    path === 'manifest.yaml'
      ? { path, bytes: Buffer.concat([bytes, Buffer.from(`\nquotas: ${JSON.stringify(allQuotas)}\n`)]) }
      : { path, bytes },
  );

const quotaOptions = async (): Promise<BusOptions> => ({
  constitution: await loadConstitution(withQuotas(await readConstitutionDirectory(defaultConstitutionDirectory))),
});

export const plain = (name: string): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}; no quota, no OpenTelemetry SDK`,
  open: () => openGoverned(shape),
});

export const limited = (name: string): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}; the default constitution with a rate, a budget by the month and a concurrency quota in its manifest, each for one agent`,
  open: async () => openGoverned(shape, await quotaOptions()),
});

export const recorded = (name: string): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}; an OpenTelemetry SDK is registered that records every span and every metric into memory, forgotten after each batch`,
  open: async () => {
    const recording = recordInMemory();
    const { batch, close } = await openGoverned(shape).catch(async (error: unknown) => {
      await recording.end();
      throw error;
    });
    return {
      batch: async (operations, latencies) => {
        await batch(operations, latencies);
        recording.forget();
      },
      counts: () => ({ spans: recording.spans() }),
      close: async () => {
        await close();
        await recording.end();
      },
    };
  },
});
