import type { Instruments } from '@charterbus/metering';
import type { CommittedBatch } from '@charterbus/store';

/** Told of each batch of the store, by whoever opens one. */
export const countCommits = (instruments: Instruments): ((batch: CommittedBatch) => void) => {
  const batches = instruments.histogram('charterbus_commit_batch_units');
  const commits = instruments.counter('charterbus_store_commits_total');
  const units = instruments.counter('charterbus_store_units_total');
  const failed = instruments.counter('charterbus_store_failed_units_total');
  return (batch) => {
    commits.value += batch.commits;
    units.value += batch.units;
    failed.value += batch.failedUnits;
    if (batch.commits > 0) batches.observe(batch.units / batch.commits);
  };
};
