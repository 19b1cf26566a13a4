import type { QuotasManifest } from '@charterbus/core-models';
import type { QuotaRequest } from '../../src/index.js';

/** A message of alice's, but for what a test says. */
export const request = (parts: Partial<QuotaRequest> = {}): QuotaRequest => ({
  message: 'm1',
  tenant: 'acme',
  agent: 'alice',
  type: 'command',
  bytes: 0,
  tokens: 0,
  costMicros: 0,
  ...parts,
});

/** Quotas as a constitution writes them, with their defaults left out. */
export const manifestOf = (quotas: object): QuotasManifest => quotas as QuotasManifest;
