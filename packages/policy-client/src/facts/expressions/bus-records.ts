import { type Agent, priorityRank } from '@charterbus/core-models';
import type { FactSubject } from '../gathered-facts.js';
import { Instant } from '../types/instant.js';
import { recordType } from '../types/record-type.js';
import type { FieldType, RecordType, ScalarKind, ValueType } from '../types/value-type.js';

const required = (type: ValueType): FieldType => ({ type, optional: false });
const scalar = (kind: ScalarKind): FieldType => required({ kind });

/** What expressions know of a sender or recipient. */
export const agentRecord: RecordType = recordType(
  'bus.Agent',
  new Map([
    ['id', scalar('string')],
    ['tenant', scalar('string')],
    ['role', { type: { kind: 'string' }, optional: true }],
    ['capabilities', required({ kind: 'list', item: { kind: 'string' } })],
  ]),
);

/** What expressions know of a message: nothing of its content. */
export const messageRecord: RecordType = recordType(
  'bus.Message',
  new Map([
    ['type', scalar('string')],
    ['priority', scalar('string')],
    ['priorityRank', scalar('int')],
    ['contentBytes', scalar('int')],
    ['isReply', scalar('bool')],
    ['toEveryone', scalar('bool')],
    ['toTopic', { type: { kind: 'string' }, optional: true }],
    ['toCapability', { type: { kind: 'string' }, optional: true }],
    ['createdAt', scalar('timestamp')],
  ]),
);

const make = (record: RecordType, fields: Readonly<Record<string, unknown>>): object =>
  Object.assign(new (record.construct as new () => object)(), fields);

export const agentValue = ({ id, tenant, role, capabilities }: Agent): object =>
  make(agentRecord, { id, tenant, role, capabilities: [...capabilities] });

export const messageValue = ({ message, contentBytes }: FactSubject): object =>
  make(messageRecord, {
    type: message.type,
    priority: message.priority,
    priorityRank: BigInt(priorityRank(message.priority)),
    contentBytes: BigInt(contentBytes),
    isReply: message.inReplyTo !== undefined,
    toEveryone: 'everyone' in message.to,
    toTopic: 'topic' in message.to ? message.to.topic : undefined,
    toCapability: 'capability' in message.to ? message.to.capability : undefined,
    createdAt: new Instant(Date.parse(message.createdAt)),
  });
