import type { Limit } from '../limit.js';
import { periodOf } from '../period.js';
import type { QuotaReading } from '../quota-counters.js';
import { drainBucket, waitFor } from './bucket.js';
import type { Entry } from './entry.js';
import type { Instant } from './instant.js';

/** What stands of one subject now. Letting drain what has drained changes nothing. */
export const readingOf = (limit: Limit, subject: string, entry: Entry | undefined, at: Instant): QuotaReading => {
  if (limit.kind === 'rate' && entry?.kind === 'rate') {
    drainBucket(entry.bucket, limit, at.monotonic);
    const { level } = entry.bucket;
    return { limit, subject, used: level / limit.cost, resetsAt: at.wall + waitFor(level, limit) };
  }
  if (limit.kind === 'budget') {
    const { start, end } = periodOf(limit.period, at.wall);
    const used = entry?.kind === 'budget' ? (entry.counts.of(start)?.used ?? 0) : 0;
    return { limit, subject, used, resetsAt: end };
  }
  const used = entry?.kind === 'concurrency' ? entry.places.size : 0;
  return { limit, subject, used, resetsAt: limit.kind === 'rate' ? at.wall : undefined };
};
