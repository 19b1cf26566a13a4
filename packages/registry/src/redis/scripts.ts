/**
 * The scripts of the registry. Each reads all that it needs before it writes, and its first real write is the one that
 * can fail: Redis does not take back what a script has done. They are sent whole each time: changes of agents are rare,
 * and there is no cache whose loss would have to be minded.
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

/**
 * KEYS: agents, changes, state, refused. ARGV: `tenant/id`, record, the agent's revision, limit of agents, changes kept.
 * Answers `kept` and the number of the change, `taken`, `full` or `refused`.
 */
export const registerScript = `${append}
if redis.call('EXISTS', KEYS[4]) == 1 then return { 'refused' } end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return { 'taken' } end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return { 'full' } end
local fields = { 'kind', 'registered', 'key', ARGV[1], 'record', ARGV[2] }
local revision = append(KEYS[2], KEYS[3], ARGV[5], ARGV[3], fields)
redis.call('HSET', KEYS[1], ARGV[1], revision .. ' ' .. ARGV[2])
return { 'kept', revision }
`;

/**
 * What became of a registration. If it is not kept by now it never will be, also where it is still on its way.
 *
 * KEYS: agents, refused. ARGV: `tenant/id`, SHA-256 of the token, milliseconds that the refusal is kept for.
 * Answers `kept` and the number of the change, `taken` or `refused`.
 */
export const settleScript = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
  local revision, record = string.match(known, '^(%d+) (.*)$')
  if cjson.decode(record).tokenDigest == ARGV[2] then return { 'kept', revision } end
end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
return { known and 'taken' or 'refused' }
`;

/**
 * Ends the agent of one revision and no other, so that the script may arrive late or twice. The first line changes
 * nothing: where memory is full, Redis lets a script write on that has written, and to end an agent must always be possible.
 *
 * KEYS: agents, changes, state. ARGV: `tenant/id`, the agent's revision, id of the change, changes kept.
 * Answers `removed`, `none` or `other` with the number of the last change; `other` also with the revision that the agent has.
 */
export const unregisterScript = `${append}
redis.call('PERSIST', KEYS[3])
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known then return { 'none', redis.call('HGET', KEYS[3], 'revision') or '0' } end
local current = cjson.decode(string.match(known, '^%d+ (.*)$')).agent.revision
if current ~= ARGV[2] then return { 'other', redis.call('HGET', KEYS[3], 'revision'), current } end
local fields = { 'kind', 'unregistered', 'key', ARGV[1] }
local revision = append(KEYS[2], KEYS[3], ARGV[4], ARGV[3], fields)
redis.call('HDEL', KEYS[1], ARGV[1])
return { 'removed', revision }
`;
