import type { Agent, JudgementPoint } from '@charterbus/core-models';
import type { FactSubject, GatheredFacts } from '@charterbus/policy-client';
import type { JudgingContext } from '../context.js';
import type { JudgementSubject } from './judge.js';
import { validationContext } from './screen.js';

type Unfrozen = { -readonly [Field in keyof FactSubject]: FactSubject[Field] };

/** All that an applicable policy may know besides the message; what cannot be told is wanting, and denies. */
export const gatherFacts = (
  point: JudgementPoint,
  { envelope, sender, conversation }: JudgementSubject,
  recipient: Agent | undefined,
  context: JudgingContext,
  signal: AbortSignal,
): GatheredFacts | Promise<GatheredFacts> => {
  const { message, contentBytes } = envelope;
  const about: Unfrozen = { point, sender, message, contentBytes };
  if (recipient !== undefined) about.recipient = recipient;
  if (conversation !== undefined) about.conversation = conversation;
  const { constitution, contentScreens, closing } = context;
  if (constitution.screens.size > 0) {
    const validation = () => validationContext(message, sender, context);
    // Of all who want a reading, nobody's going ends the asking: it has its deadline.
    about.screens = contentScreens.readerOf({ message, context: validation, signal: closing });
  }
  return constitution.gatherFacts(about, signal);
};
