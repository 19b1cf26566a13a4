/**
 * The scripts of the registry. Each reads all that it needs before it writes, and its first real write is the one that
 * can fail: Redis does not take back what a script has done. They are sent whole each time: changes of agents are rare,
 * and there is no cache whose loss would have to be minded.
 *
 * What must be possible where memory is full begins with a `PERSIST`, which changes nothing: Redis lets a script write on
 * that has written.
 */

/** Appends a change to the stream under the next number, and notes it as the last. */
const append = `
local function append(changes, state, kept, change, fields)
  local known = redis.call('HMGET', state, 'revision', 'head')
  local revision = string.format('%.0f', (tonumber(known[1] or 0) or 0) + 1)
  redis.call('XADD', changes, 'MAXLEN', '~', kept, revision .. '-0', 'head', change, 'previous', known[2] or '', unpack(fields))
  redis.call('HSET', state, 'revision', revision, 'head', change)
  return revision
end
`;

/** What is kept of an agent: the number of its registration, and the record. Of the first form the revision is the version. */
const read = `
local function read(agents, key)
  local known = redis.call('HGET', agents, key)
  if not known then return '' end
  local number, record = string.match(known, '^(%d+) (.*)$')
  local decoded = cjson.decode(record)
  return decoded.version or decoded.agent.revision, number, known, decoded.agent.leaseMs
end
`;

const now = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/**
 * Makes one change of one agent that has the expected version and no other, so that the script may arrive late or twice.
 *
 * KEYS: agents, changes, state, refused, leases, expired. ARGV: `tenant/id`, the expected version or nothing, the change's id,
 * its kind, the record or nothing, limit of agents, changes kept, 1 where it must be possible in a full memory.
 * Answers `kept` and the number of the change, `full`, `refused`, or `other` with what is kept.
 */
export const changeScript = `${append}${read}${now}
local key, record = ARGV[1], ARGV[5]
if redis.call('EXISTS', KEYS[4]) == 1 then return { 'refused' } end
local version, number, known, leaseBefore = read(KEYS[1], key)
if version ~= ARGV[2] then return { 'other', known or '' } end
if version == '' and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[6]) then return { 'full' } end
local lease = record ~= '' and cjson.decode(record).agent.leaseMs or nil
if ARGV[8] == '1' then redis.call('PERSIST', KEYS[3]) end
local fields = { 'kind', ARGV[4], 'key', key }
if record ~= '' then fields = { 'kind', ARGV[4], 'key', key, 'record', record } end
local revision = append(KEYS[2], KEYS[3], ARGV[7], ARGV[3], fields)
if record ~= '' then
  redis.call('HSET', KEYS[1], key, (number or revision) .. ' ' .. record)
else
  redis.call('HDEL', KEYS[1], key)
end
if lease == leaseBefore then return { 'kept', revision } end
if not lease then
  redis.call('ZREM', KEYS[5], key)
  redis.call('SREM', KEYS[6], key)
elseif redis.call('SISMEMBER', KEYS[6], key) == 0 then
  redis.call('ZADD', KEYS[5], now() + lease, key)
end
return { 'kept', revision }
`;

/**
 * What became of a change, from the stream: it is there, or it never will be, also where it is still on its way. Where the
 * stream begins too late to tell, the agent's version may. Where there were fewer changes than known of before, somebody
 * emptied the database: all of them are looked through.
 *
 * KEYS: agents, changes, state, refused. ARGV: `tenant/id`, the change's id, a number before it, milliseconds that the refusal
 * is kept for, the version that the change expected.
 * Answers `kept` and the number of the change, `refused`, or `unknown`.
 */
export const settleScript = `${read}
local last = tonumber(redis.call('HGET', KEYS[3], 'revision') or 0)
local from = tonumber(ARGV[3])
if last < from then from = 0 end
local seen = last == from
local cursor = from + 1
while cursor <= last do
  local page = redis.call('XRANGE', KEYS[2], string.format('%.0f', cursor), '+', 'COUNT', 100)
  if #page == 0 then break end
  for _, entry in ipairs(page) do
    local number = tonumber(string.match(entry[1], '^%d+'))
    if number == from + 1 then seen = true end
    for place = 1, #entry[2], 2 do
      if entry[2][place] == 'head' and entry[2][place + 1] == ARGV[2] then
        return { 'kept', string.format('%.0f', number) }
      end
    end
    cursor = number + 1
  end
end
local version = read(KEYS[1], ARGV[1])
if version == ARGV[2] then return { 'kept', string.format('%.0f', last) } end
if not seen and version ~= ARGV[5] then return { 'unknown' } end
redis.call('PERSIST', KEYS[3])
redis.call('SET', KEYS[4], '1', 'PX', ARGV[4])
return { 'refused' }
`;

/** KEYS: agents. ARGV: `tenant/id`. Answers what is kept of the agent, if anything. */
export const readScript = `return { redis.call('HGET', KEYS[1], ARGV[1]) or '' }`;

/**
 * Renews the leases of agents by the server's time.
 *
 * KEYS: agents, changes, state, leases, expired. ARGV: changes kept, the changes' id, then a `tenant/id` each.
 * Answers for each `none`, `seen` where it needs no lease, or `renewed`, `returned` with the number of the change.
 */
export const heartbeatScript = `${append}${read}${now}
local answers = {}
redis.call('PERSIST', KEYS[3])
for place = 3, #ARGV do
  local key = ARGV[place]
  local version, _, _, lease = read(KEYS[1], key)
  local answer = 'none'
  if version ~= '' and not lease then answer = 'seen' end
  if lease then
    answer = 'renewed'
    redis.call('ZADD', KEYS[4], now() + lease, key)
    if redis.call('SREM', KEYS[5], key) == 1 then
      local change = ARGV[2] .. ':' .. place
      answer = 'returned ' .. append(KEYS[2], KEYS[3], ARGV[1], change, { 'kind', 'returned', 'key', key })
    end
  end
  answers[#answers + 1] = answer
end
return answers
`;

/**
 * Says of agents whose lease has run out by the server's time that it has: a hundred at a time.
 *
 * KEYS: changes, state, leases, expired. ARGV: changes kept, the changes' id.
 */
export const sweepScript = `${append}${now}
local due = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now(), 'LIMIT', 0, 100)
if #due == 0 then return {} end
redis.call('PERSIST', KEYS[2])
for place, key in ipairs(due) do
  append(KEYS[1], KEYS[2], ARGV[1], ARGV[2] .. ':' .. place, { 'kind', 'expired', 'key', key })
  redis.call('ZREM', KEYS[3], key)
  redis.call('SADD', KEYS[4], key)
end
return {}
`;

/** KEYS: secret. ARGV: a secret to be taken where there is none. Answers the one that all have. */
export const secretScript = `
local known = redis.call('GET', KEYS[1])
if known then return { known } end
redis.call('SET', KEYS[1], ARGV[1])
return { ARGV[1] }
`;

/**
 * Marks a challenge as answered, for a while, in a set of the agent's.
 *
 * KEYS: used challenges of the agent. ARGV: the challenge's digest, milliseconds, limit. Answers `first`, `used` or `full`.
 */
export const claimScript = `${now}
local at = now()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', at)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return { 'used' } end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return { 'full' } end
redis.call('ZADD', KEYS[1], at + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { 'first' }
`;
