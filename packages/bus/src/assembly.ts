import { type Instruments, ledgerHistory } from '@charterbus/metering';
import { Background } from '@charterbus/recovery';
import { createScreen } from '@charterbus/validators';
import type { Backend, BackendEnvironment } from './backend.js';
import { defaultDeliveryOptions } from './broker/delivery-options.js';
import type { BusOptions } from './bus-options.js';
import type { BusContext } from './context.js';
import { Conversations } from './conversation/conversations.js';
import { VariantCounts } from './life/variant-counts.js';
import { Capabilities } from './membership/capabilities.js';
import { Membership } from './membership/membership.js';
import { SharedMailboxes } from './membership/shared-mailboxes.js';
import { QuotaDesk } from './quotas/quota-desk.js';
import { PendingRequests } from './requests/pending-requests.js';
import { Telemetry } from './telemetry/telemetry.js';
import { Topics } from './topics/topics.js';
import { DedupeWindow } from './way/dedupe.js';
import { doorValidators } from './way/door-validators.js';
import { Pace } from './way/pace.js';
import { Recalls } from './way/recall.js';

const defaultDedupeMs = 600_000;

/** Who takes from which mailboxes, and what of them is stopped. */
const mailboxParts = (
  { broker, registry, topics: records }: Backend,
  { clock, timers, delivery }: BackendEnvironment,
  background: Background,
) => {
  const { emptyGroupMs } = { ...defaultDeliveryOptions, ...delivery };
  const membership = new Membership();
  const topics = new Topics({ records, broker, registry, membership, clock, background });
  return {
    topics,
    stops: topics.stops,
    membership,
    sharedMailboxes: new SharedMailboxes({ broker, membership, timers, background, emptyGroupMs }),
    capabilities: new Capabilities({ registry, membership }),
  };
};

const conversationsOf = (
  life: BusContext['life'],
  { reader, capabilities: { shared = false } }: Backend['broker'],
  clock: BackendEnvironment['clock'],
): Conversations => {
  const keepMs = (): number => life.current.manifest.facts.conversation.keepHours * 3_600_000;
  return new Conversations({ reader, clock, shared, keepMs });
};

const quotaDesk = (
  { usage: { counters, countersOutlive = false } }: Backend,
  { ledger }: BusContext['usage'],
  { background, instruments }: { readonly background: Background; readonly instruments: Instruments },
  { onQuotaWarning = () => undefined }: BusOptions,
): QuotaDesk =>
  new QuotaDesk({
    counters,
    ...(countersOutlive ? {} : { history: ledgerHistory(ledger) }),
    onWarning: (warning) => {
      instruments.counter('charterbus_quota_warnings_total', warning.quota).add(1);
      onQuotaWarning(warning);
    },
    onError: (task, error) => background.report(`quota: ${task}`, error),
  });

/** What is there before the backend is. */
interface Assembled extends Pick<BusContext, 'life' | 'keeping' | 'contentScreens' | 'usage'> {
  readonly instruments: Instruments;
}

/** Puts together what the steps of a message's way have in common. */
export const assembleContext = (
  { life, keeping, contentScreens, usage, instruments }: Assembled,
  backend: Backend,
  environment: BackendEnvironment,
  options: BusOptions,
): { readonly context: BusContext; readonly closing: AbortController } => {
  const { broker, registry, nonces } = backend;
  const { clock, timers, ids, onBackgroundError, breakers } = environment;
  const door = doorValidators(nonces === undefined ? { clock } : { clock, nonces });
  const validators = [...door, ...(options.validators ?? [])];
  const closing = new AbortController();
  const background = new Background(onBackgroundError, timers);
  const context: BusContext = {
    life,
    keeping,
    contentScreens,
    variantCounts: new VariantCounts(),
    registry,
    broker,
    clock,
    timers,
    ids,
    background,
    breakers,
    telemetry: new Telemetry({ instruments, clock, inMemory: broker.capabilities.durability === 'memory' }),
    ...mailboxParts(backend, environment, background),
    pace: new Pace(),
    screen: createScreen({ validators, timers }),
    conversations: conversationsOf(life, broker, clock),
    dedupe: new DedupeWindow(broker.reader, clock, options.dedupeMs ?? defaultDedupeMs),
    usage,
    quotas: quotaDesk(backend, usage, { background, instruments }, options),
    requests: new PendingRequests(),
    recalls: new Recalls(() => context),
    judgingBy: new WeakMap(),
    closing: closing.signal,
  };
  return { context, closing };
};
