import type { ConstitutionFile } from '@charterbus/core-models';
import { type Asked, roleOf } from './workload.js';

/** The rule that decides. */
export const rule = 'charterbus/decision';

/** The same permits as those in Cedar, each with a name. */
export const regoPolicies = (count: number): string => {
  const permits = Array.from(
    { length: count },
    (_, index) => `# METADATA
# custom: { policy: send-${index}, effect: permit }
permits contains "send-${index}" if {
	input.point == "send"
	input.context.messageType == "query"
	input.sender.role == "${roleOf(index)}"
}`,
  );
  return `package charterbus

decision := {"allow": count(permits) > 0, "policies": permits}

${permits.join('\n\n')}
`;
};

export const manifestOf = (engine: string): ConstitutionFile => ({
  path: 'manifest.yaml',
  bytes: Buffer.from(
    `format: charterbus.constitution/1\nname: bench\nrevision: 1\nengine: ${engine}\ntests: optional\n`,
  ),
});

/** What Rego gets as `input` for a request of the bench. */
export const inputOf = ({ point, sender, recipient, tenant, message, contentBytes }: Asked) => ({
  point,
  action: point,
  sender: { tenant: sender.tenant, id: sender.id, role: sender.role, capabilities: sender.capabilities },
  recipient: { tenant: recipient?.tenant, id: recipient?.id, capabilities: recipient?.capabilities },
  tenant,
  context: {
    messageType: message.type,
    priority: message.priority,
    priorityRank: 1,
    contentBytes,
    isReply: false,
    toEveryone: false,
    now: Date.UTC(2026, 0, 1),
  },
  facts: {},
});
