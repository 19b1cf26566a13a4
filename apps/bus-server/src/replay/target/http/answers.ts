import { durabilities, effects } from '@charterbus/core-models';
import { z } from 'zod';

// What a replay reads of the server's answers; a later server may say more.

export const constitutionAnswer = z.object({
  name: z.string(),
  revision: z.int(),
  hash: z.string(),
  shortHash: z.string(),
});

export const registrationAnswer = z.object({ token: z.string() });

const texts = z.array(z.string());

export const receiptAnswer = z.object({
  messageId: z.string(),
  status: z.enum(['accepted', 'held']),
  verdicts: z.array(z.object({ effect: z.enum(effects), reasons: texts, policies: texts })),
  durability: z.enum(durabilities),
});

export const claimAnswer = z.object({
  deliveries: z.array(z.object({ id: z.string(), fencingToken: z.int(), message: z.object({ id: z.string() }) })),
});
export type ClaimedDelivery = z.output<typeof claimAnswer>['deliveries'][number];

/** 204. */
export const nothingAnswer = z.unknown();
