import { describe, it } from 'vitest';
import { brokerConformance } from '../../src/testing/index.js';
import { sharedRedis, suiteFactory } from '../support/redis.js';

const redis = sharedRedis();

describe('Redis', () => {
  brokerConformance({ describe, it }, suiteFactory(redis.url), { survivesReopening: true });
});
