import type { Background } from '@charterbus/recovery';
import type { Stops } from '../stops/stops.js';
import type { Subscriptions } from './subscriptions.js';
import type { TopicRecords } from './topic-records.js';

/** Takes over what other processes on the same records change; nothing where nobody else can. */
export const followRecords = (
  records: TopicRecords,
  { subscriptions, stops }: { readonly subscriptions: Subscriptions; readonly stops: Stops },
  background: Background,
): Disposable | undefined =>
  records.follow?.((change) => {
    switch (change.kind) {
      case 'subscribed':
        subscriptions.take(change.subscription);
        break;
      case 'unsubscribed':
        subscriptions.drop(change.subscription);
        break;
      case 'paused':
        background.run('pause', () => stops.take(change.pause));
        break;
      case 'resumed':
        background.run('pause', () => stops.drop(change.pause));
        break;
    }
  });
