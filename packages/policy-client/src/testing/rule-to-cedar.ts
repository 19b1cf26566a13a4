import type { DeliveryObligation } from '@charterbus/core-models';
import type { Rule } from './rule.js';

const quoted = (text: string): string => JSON.stringify(text);

const roleIs = (side: string, role: string): string => `${side} has role && ${side}.role == ${quoted(role)}`;

/** The conditions at one point, where sender and recipient are known to be principal and resource or the other way round. */
const conditionsAt = (rule: Rule, point: 'send' | 'receive'): readonly string[] => {
  const [sender, recipient] = point === 'send' ? ['principal', 'resource'] : ['resource', 'principal'];
  const conditions: string[] = [];
  if (rule.senderRole !== undefined) conditions.push(roleIs(sender, rule.senderRole));
  if (rule.senderWithoutRole === true) conditions.push(`!(${sender} has role)`);
  if (rule.recipientRole !== undefined) {
    const isAgent = point === 'send' ? 'resource is Agent && ' : '';
    conditions.push(`${isAgent}${roleIs(recipient, rule.recipientRole)}`);
  }
  if (rule.sameTenant !== undefined) {
    const same =
      point === 'send'
        ? '(if resource is Agent then principal.tenant == resource.tenant else principal in resource)'
        : 'principal.tenant == resource.tenant';
    conditions.push(rule.sameTenant ? same : `!${same.startsWith('(') ? same : `(${same})`}`);
  }
  return conditions;
};

const sharedConditions = (rule: Rule): readonly string[] => {
  const conditions: string[] = [];
  if (rule.fact !== undefined) {
    const { name, value } = rule.fact;
    conditions.push(`context has ${name} && context.${name} == ${JSON.stringify(value)}`);
  }
  if (rule.messageTypes !== undefined)
    conditions.push(`[${rule.messageTypes.map(quoted).join(', ')}].contains(context.messageType)`);
  if (rule.toEveryone !== undefined) conditions.push(rule.toEveryone ? 'context.toEveryone' : '!context.toEveryone');
  if (rule.toTopic !== undefined) conditions.push(`context has toTopic && context.toTopic == ${quoted(rule.toTopic)}`);
  if (rule.toCapability !== undefined)
    conditions.push(`context has toCapability && context.toCapability == ${quoted(rule.toCapability)}`);
  if (rule.minimumPriorityRank !== undefined) conditions.push(`context.priorityRank >= ${rule.minimumPriorityRank}`);
  if (rule.maximumContentBytes !== undefined) conditions.push(`context.contentBytes <= ${rule.maximumContentBytes}`);
  return conditions;
};

const bodyAt = (rule: Rule, point: 'send' | 'receive'): string => {
  const conditions = [...sharedConditions(rule), ...conditionsAt(rule, point)];
  return conditions.length === 0 ? 'true' : conditions.map((condition) => `(${condition})`).join(' && ');
};

/** The part of the scope about the action, and the point that it leaves open. */
const scopeOf = ({ point, action }: Rule): readonly [string, Rule['point']] => {
  if (action !== undefined) return [`action == Action::"${action}"`, action === 'receive' ? 'receive' : 'send'];
  return [point === undefined ? 'action' : `action in Action::"${point}"`, point];
};

const argumentOf = (obligation: DeliveryObligation): string => {
  switch (obligation.kind) {
    case 'remove':
      return obligation.path;
    case 'replace':
      return `${obligation.path} ${JSON.stringify(obligation.value)}`;
    case 'mask':
      return `${obligation.path} ${obligation.keep}`;
    case 'annotate':
      return `${obligation.header}: ${obligation.value}`;
  }
};

/** One annotation for each obligation; the second of a kind and those after it with a number. */
const annotationsOf = ({ obligations = [] }: Rule): readonly string[] =>
  [...Map.groupBy(obligations, ({ kind }) => kind)].flatMap(([kind, all]) =>
    all.map((each, index) => `@${kind}${index === 0 ? '' : `_${index + 1}`}(${quoted(argumentOf(each))})\n`),
  );

/** A rule as one Cedar policy in the bus's vocabulary. */
export const ruleToCedar = (rule: Rule): string => {
  const [action, point] = scopeOf(rule);
  const body =
    point === undefined
      ? `if action in Action::"send" then (${bodyAt(rule, 'send')}) else (resource is Agent && ${bodyAt(rule, 'receive')})`
      : bodyAt(rule, point);
  const escalate = rule.escalate === undefined ? '' : `@escalate(${quoted(rule.escalate)})\n`;
  const condition = body === 'true' ? '' : `\nwhen { ${body} }`;
  return `@id(${quoted(rule.id)})\n${annotationsOf(rule).join('')}${escalate}${rule.effect} (principal, ${action}, resource)${condition};\n`;
};
