import type { Agent, JudgementPoint } from '@charterbus/core-models';
import type { GatheredFacts } from '@charterbus/policy-client';
import type { JudgingContext } from '../context.js';
import type { JudgementSubject } from './judge.js';

/** All that an applicable policy may know besides the message; what cannot be told is wanting, and denies. */
export const gatherFacts = (
  point: JudgementPoint,
  { envelope, sender, conversation }: JudgementSubject,
  recipient: Agent | undefined,
  { constitution }: JudgingContext,
  signal: AbortSignal,
): GatheredFacts | Promise<GatheredFacts> =>
  constitution.gatherFacts(
    {
      point,
      sender,
      ...(recipient === undefined ? {} : { recipient }),
      message: envelope.message,
      contentBytes: envelope.contentBytes,
      ...(conversation === undefined ? {} : { conversation }),
    },
    signal,
  );
