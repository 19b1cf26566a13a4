import { mostSum } from '../ledger/usage-row.js';
import { scriptOf } from './scripts-client.js';

/**
 * Counts rows and moves the cursor of their source, where it stands as expected. What is read is read before anything is written,
 * and the first write is one that a full memory refuses: there is nothing half counted.
 *
 * KEYS: cursors, then for each group of rows the index of its kind of bucket and its hash. ARGV: the source, from, to, rows that are
 * told apart, then for each group: its member and score in the index, the number of its rows, and for each of those its field, the
 * field where it is counted if there are too many, and its sums.
 * Answers 1, or 0 where the cursor is another one.
 */
export const recordScript = scriptOf(`
local source, from, to, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
if (redis.call('HGET', KEYS[1], source) or '0') ~= from then return 0 end
local function added(known, more)
  if not known then return more end
  local sums, next_of = {}, string.gmatch(more, '%d+')
  for sum in string.gmatch(known, '%d+') do
    sums[#sums + 1] = string.format('%.0f', math.min(tonumber(sum) + tonumber(next_of()), ${mostSum}))
  end
  return table.concat(sums, ',')
end
local place = 5
for group = 2, #KEYS, 2 do
  local index, hash = KEYS[group], KEYS[group + 1]
  local member, score, rows = ARGV[place], ARGV[place + 1], tonumber(ARGV[place + 2])
  place = place + 3
  for _ = 1, rows do
    local field = ARGV[place]
    local known = redis.call('HGET', hash, field)
    if not known and redis.call('HLEN', hash) >= most then
      field = ARGV[place + 1]
      known = redis.call('HGET', hash, field)
    end
    redis.call('HSET', hash, field, added(known, ARGV[place + 2]))
    place = place + 3
  end
  redis.call('ZADD', index, score, member)
end
redis.call('HSET', KEYS[1], source, to)
return 1
`);

/**
 * Forgets groups of rows. KEYS: the index, then hashes. ARGV: their members in the index. Answers how many rows went.
 */
export const pruneScript = scriptOf(`
local rows = 0
for place = 2, #KEYS do
  rows = rows + redis.call('HLEN', KEYS[place])
  redis.call('UNLINK', KEYS[place])
  redis.call('ZREM', KEYS[1], ARGV[place - 1])
end
return rows
`);
