import type { Rule } from './rule.js';

const quoted = (text: string): string => JSON.stringify(text);

const agentConditions = (rule: Rule): readonly string[] => {
  const conditions: string[] = [];
  if (rule.senderRole !== undefined) conditions.push(`input.sender.role == ${quoted(rule.senderRole)}`);
  if (rule.senderWithoutRole === true) conditions.push('not input.sender.role');
  if (rule.recipientRole !== undefined) conditions.push(`input.recipient.role == ${quoted(rule.recipientRole)}`);
  if (rule.sameTenant !== undefined)
    conditions.push(`input.sender.tenant ${rule.sameTenant ? '==' : '!='} input.tenant`);
  return conditions;
};

const messageConditions = (rule: Rule): readonly string[] => {
  const conditions: string[] = [];
  if (rule.point !== undefined) conditions.push(`input.point == ${quoted(rule.point)}`);
  if (rule.action !== undefined) conditions.push(`input.action == ${quoted(rule.action)}`);
  if (rule.fact !== undefined)
    conditions.push(`input.facts[${quoted(rule.fact.name)}] == ${JSON.stringify(rule.fact.value)}`);
  if (rule.messageTypes !== undefined)
    conditions.push(`input.context.messageType in {${rule.messageTypes.map(quoted).join(', ')}}`);
  if (rule.toEveryone !== undefined) conditions.push(`input.context.toEveryone == ${rule.toEveryone}`);
  if (rule.toTopic !== undefined) conditions.push(`input.context.toTopic == ${quoted(rule.toTopic)}`);
  if (rule.toCapability !== undefined) conditions.push(`input.context.toCapability == ${quoted(rule.toCapability)}`);
  if (rule.minimumPriorityRank !== undefined)
    conditions.push(`input.context.priorityRank >= ${rule.minimumPriorityRank}`);
  if (rule.maximumContentBytes !== undefined)
    conditions.push(`input.context.contentBytes <= ${rule.maximumContentBytes}`);
  return conditions;
};

const policyOf = (rule: Rule): string => {
  const custom = { policy: rule.id, effect: rule.effect, ...(rule.escalate && { escalate: rule.escalate }) };
  const conditions = [...messageConditions(rule), ...agentConditions(rule)];
  const body = conditions.length === 0 ? '' : ` if {\n\t${conditions.join('\n\t')}\n}`;
  const asked = (rule.obligations ?? []).map(
    (obligation) => `obligations contains ${JSON.stringify(obligation)} if ${quoted(rule.id)} in permits\n`,
  );
  return `# METADATA\n# custom: ${JSON.stringify(custom)}\n${rule.effect}s contains ${quoted(rule.id)}${body}\n${asked.join('')}`;
};

/** Rules as a module of Rego, each a policy with a name, under the entry `decision` of a package. */
export const rulesToRego = (rules: readonly Rule[], name = 'charterbus'): string => `package ${name}

# Without a rule that could hold, the sets would not be defined.
permits contains "" if false

forbids contains "" if false

obligations contains {} if false

default decision := {"allow": false, "policies": []}

decision := {"allow": false, "policies": forbids} if count(forbids) > 0

decision := {"allow": true, "policies": permits, "obligations": obligations} if {
	count(forbids) == 0
	count(permits) > 0
}

${rules.map(policyOf).join('\n')}`;
