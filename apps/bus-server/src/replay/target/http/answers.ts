import { durabilities, effects, type JsonValue } from '@charterbus/core-models';
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

const json = z.custom<JsonValue>((value) => value !== undefined);

/** The way of a message, as far as it explains a verdict. */
export const traceAnswer = z.object({
  verdicts: z.array(
    z.object({
      effect: z.enum(effects),
      sources: z.array(z.object({ policy: z.string(), file: z.string(), line: z.int() })).optional(),
      facts: z
        .object({
          action: z.string(),
          digest: z.string(),
          read: z.array(
            z.union([
              z.object({ name: z.string(), redacted: z.literal(true) }),
              z.object({ name: z.string(), value: json }),
            ]),
          ),
          wanting: texts.exactOptional(),
          slots: z.record(z.string(), z.string()).exactOptional(),
        })
        .optional(),
    }),
  ),
});

export const claimAnswer = z.object({
  deliveries: z.array(z.object({ id: z.string(), fencingToken: z.int(), message: z.object({ id: z.string() }) })),
});
export type ClaimedDelivery = z.output<typeof claimAnswer>['deliveries'][number];

/** 204. */
export const nothingAnswer = z.unknown();
