import { type Agent, type ConstitutionFile, encodeEnvelope, type Message } from '@charterbus/core-models';
import type { JudgementRequest } from '@charterbus/policy-client';
import { payload } from '../payload.js';

/** The role that only the last of so many policies is about. */
export const roleOf = (policy: number): string => `role-${policy}`;

/** One permit for each role, none of which another one covers. */
export const sendPolicies = (count: number): readonly string[] =>
  Array.from(
    { length: count },
    (_, index) => `@id("send-${index}")
permit (principal, action in Action::"send", resource)
when { context.messageType == "query" && principal has role && principal.role == "${roleOf(index)}" };`,
  );

/** How many of the scoped policies are about each tenant. */
export const policiesOfTenant = 20;

/** As many permits, each for the agents of a tenant that its scope names; the first ones are acme's. */
export const scopedPolicies = (count: number): readonly string[] =>
  sendPolicies(count).map((text, index) => {
    const tenant = index < policiesOfTenant ? 'acme' : `tenant-${Math.floor(index / policiesOfTenant)}`;
    return text.replace('(principal,', `(principal in Tenant::"${tenant}",`);
  });

const manifest = `format: charterbus.constitution/1
name: bench
revision: 1
engine: cedar
tests: optional
`;

export const constitutionFiles = (policies: readonly string[]): readonly ConstitutionFile[] =>
  Object.entries({
    'manifest.yaml': manifest,
    'policies/send.cedar': policies.join('\n\n'),
    'policies/receive.cedar': '@id("receive")\npermit (principal, action == Action::"receive", resource);',
  }).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));

/** Frozen, as registries give them. */
const agent = (id: string, role?: string): Agent =>
  Object.freeze({
    tenant: 'acme',
    id,
    capabilities: Object.freeze([]),
    registeredAt: '2026-01-01T00:00:00.000Z',
    revision: '1',
    ...(role === undefined ? {} : { role }),
  });

export const senderId = (index: number): string => `sender-${index}`;

export type Asked = Omit<JudgementRequest, 'facts'>;

/** Requests of so many senders, which all have the role; as the bus makes them at `send`. */
export const requests = (senders: number, role?: string): readonly Asked[] => {
  const recipient = agent('worker');
  return Array.from({ length: senders }, (_, index) => {
    const sender = agent(senderId(index), role);
    const message: Message = {
      id: '01900000-0000-7000-8000-000000000000',
      tenant: 'acme',
      from: sender.id,
      to: { tenant: 'acme', agent: recipient.id },
      type: 'query',
      priority: 'normal',
      createdAt: '2026-01-01T00:00:00.000Z',
      content: { ...payload(index) },
    };
    const { digest: messageDigest, contentBytes } = encodeEnvelope(message);
    return { point: 'send', sender, recipient, tenant: 'acme', message, messageDigest, contentBytes };
  });
};

/** More than the answers that a constitution remembers, so that asked in turn none is remembered. */
export const unrememberedSenders = 12_000;
