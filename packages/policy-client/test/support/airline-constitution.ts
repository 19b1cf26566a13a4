import type { JsonValue } from '@charterbus/core-models';
import type { Constitution, JudgementRequest, LoadOptions } from '../../src/index.js';
import { airlineData, airlineManifest } from '../facts/support/airline.js';
import { slotFiles } from '../facts/support/compile.js';
import { Conversation } from '../facts/support/messages.js';
import type { Texts } from './files.js';
import { load } from './problems.js';
import { agent, never, request } from './requests.js';

const policies = `@id("all")
permit (principal, action, resource) when { !context.toEveryone || context.isReply || principal has role };

@id("late-cancellation")
forbid (principal, action == Action::"cancel_reservation", resource)
unless {
  context.now.durationSince(context.booked_at) <= duration("24h") ||
  context.cabin == "business" || context.insured || context.flight_states.contains("cancelled")
};

@id("flown")
forbid (principal, action == Action::"cancel_reservation", resource)
when { context.flight_states.containsAny(["flying", "landed"]) };

@id("cancelled-twice")
forbid (principal, action in [Action::"cancel_reservation"], resource)
when { context.cancelled_before };

@id("fewer-bags")
forbid (principal, action == Action::"update_baggages", resource)
when { context.fewer && context.priority != "critical" && context.priorityRank < 3 };

@id("certificate")
@escalate("manager")
permit (principal, action == Action::"send_certificate", resource)
when { context.amount > 50 };

@id("large-certificate")
forbid (principal, action == Action::"send_certificate", resource)
when { context.membership == "regular" || (context has largest && context.amount > 100 * context.largest) };

@id("size")
forbid (principal, action in Action::"send", resource)
when { context.contentBytes > 10000 && context.messageType != "event" };
`;

/** The airline with rules of our own, at a pinned moment. */
export const airlineTexts: Texts = {
  'manifest.yaml': airlineManifest.replace('facts:', 'clock: { pinned: "2024-05-15T15:00:00Z" }\nfacts:'),
  'policies/airline.cedar': policies,
};

export const loadAirline = (options: LoadOptions = {}, texts: Texts = airlineTexts): Promise<Constitution> =>
  load(texts, { slots: slotFiles(airlineData), ...options });

const clerk = agent('acme', 'clerk', 'clerk');

/** A call of a tool that facts were not gathered for as yet. */
export const callOf = (
  tool: string,
  given: JsonValue,
  host = `tool:${tool}`,
): Omit<JudgementRequest, 'facts'> & { readonly facts?: never } => {
  const parts = {
    sender: clerk,
    recipient: agent('acme', host),
    type: 'task_request',
    content: { tool, arguments: given },
  } as const;
  const { facts: _, ...asked } = request(parts);
  return asked;
};

/** What the bus does: gathers, then judges. */
export const decide = async (
  constitution: Constitution,
  asked: Omit<JudgementRequest, 'facts'>,
  conversation = new Conversation(),
) => {
  const facts = await constitution.gatherFacts({ ...asked, conversation }, never);
  return constitution.judge({ ...asked, facts }, never);
};
