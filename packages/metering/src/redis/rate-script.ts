import type { RateLimit } from '../quotas/limit.js';
import { waitFor } from '../quotas/memory/bucket.js';
import type { QuotaLevel } from '../quotas/quota-counters.js';
import { scriptOf } from './scripts-client.js';

/**
 * What `takeScript` decides, for one rate and nothing else: most messages are in no other quota, and what is sent and read for
 * those that are not there costs as much as the decision. The state is the same.
 *
 * KEYS: the bucket. ARGV: cost, drain, capacity, grains. Answers the level where the message is let in, else how much too full the
 * bucket is, below 0.
 */
export const rateScript = scriptOf(`
local time = redis.call('TIME')
local cost, drain, capacity, grains = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local now = time[1] * 1000000 + time[2]
if grains == 1 then now = math.floor(now / 1000) end
local level, is_back = 0, false
local known = redis.call('GET', KEYS[1])
if known then
  local at, cost_then, grains_then
  level, at, cost_then, grains_then = struct.unpack('<dddd', known)
  if cost_then ~= cost or grains_then ~= grains then
    level = math.ceil(level / cost_then * cost)
    at = math.floor(at / grains_then * grains)
  end
  if now > at then
    level = level - (now - at) * drain
    if level < 0 then level = 0 end
  else
    is_back = now < at
  end
end
local excess = level + cost - capacity
if excess <= 0 then
  level = level + cost
elseif not is_back then
  return -excess
end
redis.call('SET', KEYS[1], struct.pack('<dddd', level, now, cost, grains), 'PX', math.ceil(level / drain / grains) + 1)
return excess <= 0 and level or -excess
`);

/** What the script is told of a limit. */
export const rateValues = ({ capacity, cost, drain, grains }: RateLimit): readonly string[] =>
  [cost, drain, capacity, grains].map(String);

/** What is no answer lets nothing in. */
export const rateLevel = (limit: RateLimit, answer: number): QuotaLevel => {
  const { capacity, cost, most, warn } = limit;
  const fits = answer > 0;
  const level = fits ? answer : capacity - cost - answer;
  const [used, threshold] = [level / cost, warn * most];
  const crossed = fits && used >= threshold && used - 1 < threshold;
  const waitMs = fits ? 0 : waitFor(-answer, limit) || Number.POSITIVE_INFINITY;
  return { used, waitMs, crossed, period: 0, noRoom: false };
};
