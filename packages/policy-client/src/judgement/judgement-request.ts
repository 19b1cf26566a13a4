import {
  type Agent,
  type Digest,
  type JudgementPoint,
  type Message,
  type MessageType,
  priorityRank,
} from '@charterbus/core-models';
import type { answeredFields } from '../engine/context-fields.js';
import type { AgentView, ContextView, EngineRequest } from '../engine/policy-engine.js';
import type { GatheredFacts } from '../facts/gathered-facts.js';

/** That somebody entitled to it approved one message under one rule. */
export interface Approval {
  /** The id of the escalating policy. */
  readonly policy: string;
  /** SHA-256 of the policy's source when it escalated: the approval of a rule ends when the rule changes. */
  readonly policyDigest: Digest;
  /** The name of the approval that it asked for; absent: whatever that policy asks for. */
  readonly name?: string;
  /** SHA-256 of the message's stored bytes. */
  readonly messageDigest: Digest;
}

/** What the bus has committed of the message that is answered. Nothing that a sender states can make it up. */
export interface AnsweredMessage {
  readonly type: MessageType;
  /** Who sent it, as it is registered now. */
  readonly sender: Pick<Agent, 'tenant' | 'id' | 'role'>;
}

export interface JudgementRequest {
  readonly point: JudgementPoint;
  readonly sender: Agent;
  /** Absent only at `send` to everyone, to a topic or to a capability. */
  readonly recipient?: Agent;
  /** The tenant that is addressed. */
  readonly tenant: string;
  readonly message: Message;
  /** SHA-256 of the message's stored bytes. */
  readonly messageDigest: Digest;
  /** Bytes of the content's JSON text in UTF-8. */
  readonly contentBytes: number;
  readonly approvals?: readonly Approval[];
  /** Absent where the message answers none that is known. Needed only where `Constitution.readsAnswered` says so. */
  readonly answered?: AnsweredMessage;
  /** What `Constitution.gatherFacts` answered for this message at this point. */
  readonly facts: GatheredFacts;
}

const newView = ({ tenant, id, role, capabilities }: Agent): AgentView =>
  role === undefined ? { tenant, id, capabilities } : { tenant, id, capabilities, role };

/** What policies may see of agents, made once of those that can never change, as registries give them. */
export class AgentViews {
  readonly #views = new WeakMap<Agent, AgentView>();

  of(agent: Agent): AgentView {
    const known = this.#views.get(agent);
    if (known !== undefined) return known;
    const view = Object.freeze(newView(agent));
    if (Object.isFrozen(agent) && Object.isFrozen(agent.capabilities)) this.#views.set(agent, view);
    return view;
  }
}

/** What is contradictory in a request: a judgement about another sender or address than the message's would bind nothing. */
export const contradiction = ({ point, sender, recipient, tenant, message }: JudgementRequest): string | undefined => {
  const toSeveral = !('agent' in message.to);
  if (sender.id !== message.from || sender.tenant !== message.tenant)
    return 'The sender is not the one that the message names.';
  if (message.to.tenant !== tenant) return 'The tenant is not the one that the message addresses.';
  if (recipient === undefined) {
    return point === 'send' && toSeveral
      ? undefined
      : 'Only a message to everyone, to a topic or to a capability is judged without a recipient, at send.';
  }
  if (point === 'send' && toSeveral) return 'A message to several has no one recipient at send.';
  return recipient.tenant === tenant ? undefined : 'The recipient is not of the tenant that is addressed.';
};

type Unfrozen<T> = { -readonly [Field in keyof T]: T[Field] };

const answeredContext = (
  answered: AnsweredMessage,
  sender: Agent,
): Pick<ContextView, (typeof answeredFields)[number]> => {
  const { tenant, id, role } = answered.sender;
  return {
    answersOwn: tenant === sender.tenant && id === sender.id,
    answeredType: answered.type,
    ...(role === undefined ? {} : { answeredRole: role }),
  };
};

/** The projection that engines get: nothing that is not in `EngineRequest` can influence a verdict. */
export const engineRequest = (request: JudgementRequest, views: AgentViews, now: number): EngineRequest => {
  const { point, facts, sender, recipient, tenant, message, contentBytes, answered } = request;
  const plain: Unfrozen<ContextView> = {
    messageType: message.type,
    priority: message.priority,
    priorityRank: priorityRank(message.priority),
    contentBytes,
    isReply: message.inReplyTo !== undefined,
    toEveryone: 'everyone' in message.to,
    now,
  };
  if ('topic' in message.to) plain.toTopic = message.to.topic;
  else if ('capability' in message.to) plain.toCapability = message.to.capability;
  const context = answered === undefined ? plain : { ...plain, ...answeredContext(answered, sender) };
  const view = views.of(sender);
  const { action, values } = facts;
  return recipient === undefined
    ? { point, action, sender: view, tenant, context, facts: values }
    : { point, action, sender: view, recipient: views.of(recipient), tenant, context, facts: values };
};
