import type { Effect } from '@charterbus/core-models';
import type { JudgementRequest } from '../../src/index.js';
import type { Chooser } from '../../src/testing/index.js';
import { callOf } from './airline-constitution.js';
import type { Texts } from './files.js';
import { agent, request } from './requests.js';

const manifest = `format: charterbus.constitution/1
name: shop
revision: 1
engine: cedar
facts:
  types: { Order: { owner: string, total: int, state: string } }
  tables: { orders: { slot: orders, row: Order } }
  names: { order: "orders[args.order_id]" }
  tools:
    refund:
      arguments: { order_id: string, amount: int }
      facts:
        own: order.owner == sender.id
        within: args.amount <= order.total
        positive: args.amount > 0
        shipped: order.state == "shipped"
`;

const policies = `@id("messages")
permit (principal, action, resource);

@id("tenants")
forbid (principal, action, resource is Agent) unless { principal.tenant == resource.tenant };

@id("refund-own")
forbid (principal, action == Action::"refund", resource) unless { context.own && context.within && context.positive };

@id("refund-shipped")
forbid (principal, action == Action::"refund", resource) when { context.shipped };
`;

const refund = (name: string, given: string, verdict: string): string =>
  `  - { name: ${name}, message: { content: { tool: refund, arguments: { ${given} } } }, expect: ${verdict} }\n`;
const allow = '{ verdict: allow, reasons: [messages] }';
const deny = (...reasons: readonly string[]): string => `{ verdict: deny, reasons: [${reasons.join(', ')}] }`;

const tests = `defaults:
  sender: { tenant: acme, id: clerk }
  recipient: { tenant: acme, id: 'tool:refund' }
  message: { type: task_request }
  data:
    orders:
      O1: { owner: clerk, total: 10, state: open }
      O2: { owner: clerk, total: 10, state: shipped }
      O3: { owner: boss, total: 10, state: open }
      O4: { owner: boss, total: 5, state: shipped }
      executive: { owner: executive, total: 10, state: executive }
tests:
${[
  refund('one', 'order_id: O1, amount: 1', allow),
  refund('all', 'order_id: O1, amount: 10', allow),
  refund('more', 'order_id: O1, amount: 11', deny('refund-own')),
  refund('none', 'order_id: O1, amount: 0', deny('refund-own')),
  refund('shipped', 'order_id: O2, amount: 1', deny('refund-shipped')),
  refund('of the boss', 'order_id: O3, amount: 1', deny('refund-own')),
  refund('shipped of the boss', 'order_id: O4, amount: 6', deny('refund-own', 'refund-shipped')),
  refund('unknown', 'order_id: O9, amount: 1', deny('FACT_UNAVAILABLE', 'own', 'shipped', 'within')),
  refund('half', 'order_id: O1, amount: 0.5', deny('CALL_INVALID', 'arguments.amount')),
  refund('of a text', 'order_id: O1, amount: "1"', deny('CALL_INVALID', 'arguments.amount')),
].join('')}
  - { name: no call, message: { content: refund }, expect: ${deny('CALL_INVALID', 'tool')} }
  - { name: chat, recipient: { tenant: acme, id: boss }, message: { type: query, content: {} }, expect: ${allow} }
  - { name: abroad, recipient: { tenant: rival, id: boss }, message: { type: query, content: {} }, expect: ${deny('tenants')} }
`;

export const shopTexts: Texts = {
  'manifest.yaml': manifest,
  'policies/shop.cedar': policies,
  'tests/shop.yaml': tests,
};

interface Order {
  readonly owner: string;
  readonly total: number;
  readonly state: string;
}

export const shopOrders: Readonly<Record<string, Order>> = {
  A: { owner: 'clerk', total: 100, state: 'open' },
  B: { owner: 'clerk', total: 7, state: 'shipped' },
  C: { owner: 'other', total: 7, state: 'paid' },
};

/** A message to somebody or a call, also one that is none. */
export const randomShopRequest = (chooser: Chooser): Omit<JudgementRequest, 'facts'> => {
  if (chooser.once(5)) return request({ recipient: agent(chooser.pick(['acme', 'rival']), 'boss') });
  const given = {
    order_id: chooser.pick(['A', 'B', 'C', 'D', 'constructor']),
    amount: chooser.pick([-1, 0, 1, 7, 8, 100, 101, 0.5, '1']),
  };
  return callOf('refund', chooser.once(12) ? {} : given);
};

const mayRefund = ({ owner, total, state }: Order, sender: string, amount: number): boolean =>
  owner === sender && amount > 0 && amount <= total && state !== 'shipped';

/** What the shop's constitution means, in plain words. */
export const shopOracle = ({ recipient, message, tenant }: Omit<JudgementRequest, 'facts'>): Effect => {
  if (tenant !== message.tenant) return 'deny';
  if (recipient?.id !== 'tool:refund') return 'allow';
  const { arguments: given } = message.content as { arguments: { order_id?: string; amount?: unknown } };
  const { order_id: id = '', amount } = given;
  const order = Object.hasOwn(shopOrders, id) ? shopOrders[id] : undefined;
  if (order === undefined || typeof amount !== 'number' || !Number.isInteger(amount)) return 'deny';
  return mayRefund(order, message.from, amount) ? 'allow' : 'deny';
};
