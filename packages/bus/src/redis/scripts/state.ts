import { sharing } from './sharing.js';

/**
 * What all scripts have in common: the time, the state of the shard, and how entries, lanes, deadlines and leaves are
 * kept. Numbers are written with `%.0f`: Lua's own way loses digits above 14. See `docs/decisions/broker-redis.md` for the keys.
 *
 * KEYS[1]: what all keys of the shard begin with. ARGV: time in milliseconds or '', id of the store that is expected, id of
 * the process, positions that a step of priority is worth, leaves kept, milliseconds after which a silent process is taken
 * for gone; then the script's own.
 */
export const state = `
local base, pid, aging = KEYS[1], ARGV[3], tonumber(ARGV[4])
local call, format, sub, match = redis.call, string.format, string.sub, string.match
local S, D, P, IDS, F, FD, DL, MB = base .. ':s', base .. ':d', base .. ':p', base .. ':ids', base .. ':f', base .. ':fd', base .. ':dl', base .. ':mb'
local E, KL, LEAVES, FORMS, OWN = base .. ':e', base .. ':kl', base .. ':leaves', base .. ':forms', base .. ':pl:' .. pid
local now
if ARGV[1] ~= '' then now = tonumber(ARGV[1]) else
  local t = call('TIME')
  now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local known = call('HMGET', S, 'store', 'leaf', 'pos', 'tok', 'queued', 'leased', 'held', 'bytes', 'sweeper', 'swept', 'ground', 'paused', 'topics')
if (known[1] or '') ~= ARGV[2] then return { 'store', known[1] or '' } end
local leaf, pos, tok = tonumber(known[2] or 0), tonumber(known[3] or 0), tonumber(known[4] or 0)
local count = { q = tonumber(known[5] or 0), l = tonumber(known[6] or 0), h = tonumber(known[7] or 0) }
local bytes, sweeper, swept, ground = tonumber(known[8] or 0), known[9] or '', tonumber(known[10] or 0), known[11]
local at = 7
local function take() local value = ARGV[at]; at = at + 1; return value end
local function number() local value = tonumber(ARGV[at]); at = at + 1; return value end
local function whole(value) return format('%.0f', value) end
local woken, soonest = {}, nil

local NL = string.char(10)
-- Of an entry: its header, in one line unless its ordering key has more, and its body, which no script reads.
local entry_pattern = '^(%a) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%S+) (%d+) (%d+) (%d+) (%d+) (%d) (%d+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) ?(.*)' .. NL .. '([^' .. NL .. ']*)$'
local function parse(text)
  local e = {}
  e.state, e.version, e.attempt, e.token, e.priority, e.position, e.notBefore, e.leaseUntil, e.bound, e.holdUntil, e.expiresAt,
    e.grantedAt, e.doneAt, e.several, e.size, e.origin, e.leaves, e.holder, e.passed, e.topic, e.mailbox, e.lane, e.body = match(text, entry_pattern)
  e.position, e.notBefore, e.leaseUntil, e.holdUntil, e.expiresAt =
    tonumber(e.position), tonumber(e.notBefore), tonumber(e.leaseUntil), tonumber(e.holdUntil), tonumber(e.expiresAt)
  return e
end
local function entry_text(e)
  return format('%s %d %d %s %s %.0f %.0f %.0f %s %.0f %.0f %s %s %s %s %s %s %s %s %s %s %s', e.state, e.version, e.attempt, e.token,
    e.priority, e.position, e.notBefore, e.leaseUntil, e.bound, e.holdUntil, e.expiresAt, e.grantedAt, e.doneAt, e.several, e.size,
    e.origin, e.leaves, e.holder, e.passed, e.topic, e.mailbox, e.lane) .. NL .. e.body
end
-- Of several recipients a message has a hash of its own: how many are unfinished, how many dead, when it ended, its leaves.
local function shared(member) return base .. ':x:' .. sub(member, 1, 36) end
local function message(member) return base .. ':m:' .. sub(member, 1, 36) end
local function load(member)
  local text = call('HGET', E, member)
  return text and parse(text), text
end
-- What goes into one key is written with one command, before anybody reads it.
local batched = {}
local function later(command, key, value, other)
  local name = command .. ' ' .. key
  local list = batched[name]
  if not list then
    list = { command = command, key = key }
    batched[name] = list
  end
  list[#list + 1] = value
  if other then list[#list + 1] = other end
end
local function flush()
  for _, list in pairs(batched) do
    for start = 1, #list, 4000 do
      if list.command == 'MSET' then call('MSET', unpack(list, start, math.min(start + 3999, #list)))
      else call(list.command, list.key, unpack(list, start, math.min(start + 3999, #list))) end
    end
  end
  batched = {}
end
local function queue(e) return base .. ':q:' .. e.mailbox end
${sharing}

local function next_position(notBefore)
  pos = math.max(pos + 1, now * 1024)
  return math.max(pos, notBefore * 1024)
end
local function deadline(member, moment)
  call('ZADD', D, whole(moment), member)
  if not soonest or moment < soonest then soonest = moment end
end
local function expiring(member, e)
  if e.expiresAt > 0 then deadline(member, e.expiresAt) end
end
local function place(member, e)
  if e.notBefore > now then
    local moment = e.notBefore
    if e.expiresAt > 0 and e.expiresAt < moment then moment = e.expiresAt end
    return deadline(member, moment)
  end
  local members = passed_by(e)
  call('ZADD', members and passed_queue(e.mailbox, members) or queue(e), whole(e.position - e.priority * aging), member)
  woken[e.mailbox] = true
  expiring(member, e)
end

local function lane_of(e) return base .. ':k:' .. e.mailbox .. ' ' .. e.lane end
local function first_of(lane) return call('ZRANGE', lane, 0, 0)[1] end
local function enter(member, e)
  if e.lane == '' then return place(member, e) end
  local lane = lane_of(e)
  local before = first_of(lane)
  call('ZADD', lane, whole(e.position), member)
  if call('HEXISTS', KL, lane) == 1 or first_of(lane) ~= member then return expiring(member, e) end
  if before and before ~= member then
    local other = load(before)
    call('ZREM', D, before)
    if other then
      unqueue(before, other)
      expiring(before, other)
    end
  end
  place(member, e)
end
local function leave_lane(member, e)
  if e.lane == '' then return end
  local lane = lane_of(e)
  call('ZREM', lane, member)
  if call('HEXISTS', KL, lane) == 1 then return end
  local first = first_of(lane)
  local other = first and load(first)
  if other and other.state == 'q' then place(first, other) end
end

local function append_leaf(id, form, text)
  later('RPUSH', LEAVES, whole(leaf) .. ' ' .. (form == '' and '-' or form) .. ' ' .. id .. NL .. text)
  leaf = leaf + 1
  return leaf - 1
end
local function learn(conversation, facts)
  local key = base .. ':cf:' .. conversation
  local left, longest = call('PTTL', key), 0
  for _, fact in ipairs(facts) do
    call('HSET', key, 'f' .. fact[1], fact[2])
    if fact[3] > longest then longest = fact[3] end
  end
  local version = whole(next_position(0))
  call('HSET', key, 'v', version)
  if left < longest - now then call('PEXPIRE', key, whole(longest - now)) end
  return version
end
local function take_facts()
  local facts = {}
  for place = 1, number() do facts[place] = { take(), take(), number() } end
  return facts
end
local function knows(conversation, version)
  return version == '' or (call('HGET', base .. ':cf:' .. conversation, 'v') or '0') == version
end
local function notify(process, word)
  local list = base .. ':w:' .. process
  if call('RPUSH', list, word) > 10000 then call('LPOP', list) end
  call('PEXPIRE', list, 30000)
end
local function alive(process)
  local beat = call('ZSCORE', P, process)
  return beat and tonumber(beat) > now - tonumber(ARGV[6])
end
local function lease(member, e, leaseMs, bound, holder)
  tok = math.max(tok + 1, now * 1024)
  if e.expiresAt > 0 and bound ~= '-' then call('ZREM', D, member) end
  e.state, e.version, e.attempt, e.token, e.leaseUntil, e.bound, e.grantedAt, e.doneAt = 'l', e.version + 1, e.attempt + 1, whole(tok), now + leaseMs, bound, whole(now), '0'
  e.holder = holder
  if e.passed ~= '-' and not passed_by(e) then e.passed = '-' end
  local text = entry_text(e)
  later('HSET', E, member, text)
  if bound == '-' then deadline(member, e.leaseUntil) else later('ZADD', base .. ':pl:' .. bound, whole(e.leaseUntil), member) end
  if e.lane ~= '' then call('HSET', KL, lane_of(e), member) end
  count.q, count.l = count.q - 1, count.l + 1
  return text
end
-- Answers delivery, entry and message of each. Holder: '-' for whom the mailbox is of.
local function lease_ready(mailbox, most, leaseMs, bound, holder)
  flush()
  local key, given = base .. ':q:' .. mailbox, {}
  if mailbox_paused(mailbox) then return given end
  local others = holder ~= '-' and passed_queues(mailbox, holder) or {}
  while #given < most * 3 do
    local popped = #others > 0 and pop_first(key, others) or call('ZPOPMIN', key, math.min(most - #given / 3, 1000))
    if #popped == 0 then break end
    local members, messages = {}, {}
    for place = 1, #popped, 2 do
      members[#members + 1] = popped[place]
      messages[#messages + 1] = message(popped[place])
    end
    local texts, contents = call('HMGET', E, unpack(members)), call('MGET', unpack(messages))
    for place, member in ipairs(members) do
      local e = texts[place] and contents[place] and parse(texts[place])
      if e and e.expiresAt > 0 and e.expiresAt <= now then deadline(member, e.expiresAt)
      elseif e and e.state == 'q' then
        local passed = e.passed ~= '-' and passed_by(e)
        if topic_paused(e) or message_paused(e, contents[place]) then withhold(member, e, popped[2 * place])
        elseif passed and contains(passed, holder) then call('ZADD', passed_queue(mailbox, passed), popped[2 * place], member)
        else
          local last = #given
          given[last + 1], given[last + 2], given[last + 3] = member, lease(member, e, leaseMs, bound, holder), contents[place]
        end
      end
    end
    flush()
  end
  return given
end
local function finished_message(id, dead, size)
  later('ZADD', dead and FD or F, whole(now), id)
  bytes = bytes + size
end
`;

/** Ends each script: who waits is woken, the state is kept, and what came of each part is answered. */
export const conclusion = `
flush()
local mine = {}
local function tell(process, word)
  if process == pid then mine[#mine + 1] = word else notify(process, word) end
end
-- Whoever has waited longest for nothing is not known: who is first in the list has what there is.
local function hand(mailbox, process, holder, room, leaseMs)
  if room == 0 or not alive(process) then return tell(process, 'm ' .. mailbox) end
  local given = lease_ready(mailbox, room, leaseMs, process, holder)
  if #given == 0 then call('HSET', base .. ':a:' .. mailbox, process .. ' ' .. holder, room .. ' ' .. leaseMs) end
  for place = 1, #given, 3 do
    tell(process, 'd ' .. table.concat({ mailbox, given[place], given[place + 2], given[place + 1] }, NL))
  end
end
for mailbox in pairs(woken) do
  local waiting = base .. ':a:' .. mailbox
  local processes = call('HGETALL', waiting)
  if #processes > 0 then call('DEL', waiting) end
  for place = 1, #processes, 2 do
    local process, holder = match(processes[place], '^(%S+) (%S+)$')
    local room, leaseMs = match(processes[place + 1], '^(%d+) (%d+)$')
    hand(mailbox, process, holder, tonumber(room), tonumber(leaseMs))
  end
end
if soonest and sweeper ~= pid and sweeper ~= '' and swept > now then
  local head = call('ZRANGE', D, 0, 0, 'WITHSCORES')
  if head[2] and tonumber(head[2]) >= soonest then notify(sweeper, 's') end
end
flush()
for tenant, more in pairs(grown) do
  if more ~= 0 and call('HINCRBY', TN, tenant, more) <= 0 then call('HDEL', TN, tenant) end
end
if leaf > tonumber(ARGV[5]) and leaf > tonumber(known[2] or 0) then call('LTRIM', LEAVES, -tonumber(ARGV[5]), -1) end
call('HSET', S, 'leaf', whole(leaf), 'pos', whole(pos), 'tok', whole(tok), 'queued', count.q, 'leased', count.l, 'held', count.h, 'bytes', whole(bytes))
local head, own = call('ZRANGE', D, 0, 0, 'WITHSCORES')[2], call('ZRANGE', OWN, 0, 0, 'WITHSCORES')[2]
return { 'ok', whole(now), head or '', own or '', count.q, count.l, count.h, whole(bytes), mine, results, ground or '', topics }
`;
