import type { UsageConfiguration } from '@charterbus/core-models';
import { createCloudEventsSink, openJsonLinesSink, type UsageSink } from '@charterbus/metering';
import type { Logger } from 'pino';

/**
 * Where usage goes besides the ledger and the metrics, as configured; closed with the bus.
 *
 * @throws ConfigurationError, OperationError `SINK_UNAVAILABLE` where the directory cannot be used; none stays open then.
 */
export const openUsageSinks = async (
  { directory, url, token }: UsageConfiguration,
  logger: Logger,
): Promise<readonly UsageSink[]> => {
  const sinks: UsageSink[] = [];
  if (url !== undefined) {
    sinks.push(
      createCloudEventsSink({
        url,
        ...(token === undefined ? {} : { token }),
        onParked: (parked) => logger.error({ parked }, 'usage events were refused for good by their receiver'),
      }),
    );
  }
  if (directory !== undefined) sinks.push(await openJsonLinesSink({ directory }));
  return sinks;
};
