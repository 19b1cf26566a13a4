/**
 * What several share, and what is paused. A queue group's mailbox has, besides the queue, one queue for each set of members
 * that something was passed over by: what stands there never has to be looked through. What of a paused topic comes up in a
 * queue is set aside until the pauses change. Both are keys of the mailbox: `ps` and `pq`, `wh`.
 */
export const sharing = `
local TN, PE, PZ, WM = base .. ':tn', base .. ':pe', base .. ':pz', base .. ':wm'
local paused, topics = (known[12] or '') ~= '', known[13] or '0'
-- By tenant, what is unfinished more than before.
local grown = {}
local function tenant_of(mailbox) return match(mailbox, '^[^/]*') end
local function grow(mailbox, by)
  local tenant = tenant_of(mailbox)
  grown[tenant] = (grown[tenant] or 0) + by
end

-- Pauses of the shard, looked up once in a script. A pattern is one of Lua's by then.
local pauses
local function load_pauses()
  pauses = { e = {}, t = {}, m = {}, p = {}, f = {}, s = {}, y = {}, marks = false }
  for _, one in ipairs(call('SMEMBERS', PZ)) do
    local kind, name, pattern = match(one, '^(%a) (%S+) ?(%S*)$')
    if kind == 'p' then
      local escaped = string.gsub(pattern, '[-.]', '%%%0')
      escaped = string.gsub(string.gsub(escaped, '[*]', '[^.]+'), '>', '.+')
      pauses.p[name] = pauses.p[name] or {}
      table.insert(pauses.p[name], '^' .. escaped .. '$')
    elseif kind == 'y' then pauses.y[name .. ' ' .. pattern] = true
    elseif kind then pauses[kind][name] = true end
    if kind == 'f' or kind == 's' or kind == 'y' then pauses.marks = true end
  end
end
local function mailbox_paused(mailbox)
  if not paused then return false end
  if not pauses then load_pauses() end
  return pauses.e.everything or pauses.m[mailbox] or pauses.t[tenant_of(mailbox)] or false
end
local function topic_paused(e)
  if not paused or e.topic == '-' then return false end
  if not pauses then load_pauses() end
  for _, pattern in ipairs(pauses.p[tenant_of(e.mailbox)] or {}) do
    if match(sub(e.topic, 2), pattern) then return true end
  end
  return false
end
-- The envelope's fields stand in their order after the content's first line; none of these holds a quote or a brace.
local function message_paused(e, content)
  if not paused then return false end
  if not pauses then load_pauses() end
  if not pauses.marks then return false end
  local line = string.find(content, NL, 1, true)
  local tenant, from, kind = match(content, '^{"id":"[^"]*","tenant":"([^"]*)","from":"([^"]*)","to":{[^}]*},"type":"([^"]*)"', line + 1)
  if not tenant then return true end
  return pauses.f[tenant] or pauses.s[tenant .. '/' .. from] or pauses.y['* ' .. kind] or pauses.y[tenant .. ' ' .. kind]
    or pauses.y[tenant_of(e.mailbox) .. ' ' .. kind] or false
end
local function withhold(member, e, score)
  call('ZADD', base .. ':wh:' .. e.mailbox, score, member)
  call('SADD', WM, e.mailbox)
end

-- Who was passed over counts until all are asked again: then the mailbox has another number.
local numbers = {}
local function number_of(mailbox)
  if not numbers[mailbox] then numbers[mailbox] = call('HGET', PE, mailbox) or '0' end
  return numbers[mailbox]
end
local function passed_by(e)
  if e.passed == '-' then return nil end
  local at, members = match(e.passed, '^(%d+):(.*)$')
  if at == number_of(e.mailbox) then return members end
end
local function contains(members, holder) return string.find(',' .. members .. ',', ',' .. holder .. ',', 1, true) ~= nil end
local function pass(e)
  local list = {}
  for one in string.gmatch(passed_by(e) or '', '[^,]+') do list[#list + 1] = one end
  local holder = e.holder == '-' and e.mailbox or e.holder
  if not contains(table.concat(list, ','), holder) then list[#list + 1] = holder end
  table.sort(list)
  e.passed = number_of(e.mailbox) .. ':' .. table.concat(list, ',')
end
local function passed_queue(mailbox, members)
  local name = redis.sha1hex(members)
  call('HSET', base .. ':ps:' .. mailbox, name, members)
  call('HSETNX', PE, mailbox, '0')
  return base .. ':pq:' .. mailbox .. ' ' .. name
end
-- The queues of what the holder may have and others may not.
local function passed_queues(mailbox, holder)
  local sets, keys = call('HGETALL', base .. ':ps:' .. mailbox), {}
  for place = 1, #sets, 2 do
    local key = base .. ':pq:' .. mailbox .. ' ' .. sets[place]
    if call('EXISTS', key) == 0 then call('HDEL', base .. ':ps:' .. mailbox, sets[place])
    elseif not contains(sets[place + 1], holder) then keys[#keys + 1] = key end
  end
  return keys
end
local function pop_first(key, others)
  local from, least = key, tonumber(call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
  for _, other in ipairs(others) do
    local score = tonumber(call('ZRANGE', other, 0, 0, 'WITHSCORES')[2])
    if score and (not least or score < least) then from, least = other, score end
  end
  return call('ZPOPMIN', from)
end
local function unqueue(member, e)
  call('ZREM', queue(e), member)
  local members = passed_by(e)
  if members then call('ZREM', base .. ':pq:' .. e.mailbox .. ' ' .. redis.sha1hex(members), member) end
  if e.topic ~= '-' then call('ZREM', base .. ':wh:' .. e.mailbox, member) end
end
-- Puts back into the queue what stands in others.
local function put_back(mailbox, keys)
  if #keys == 0 then return end
  local into = base .. ':q:' .. mailbox
  keys[#keys + 1] = into
  call('ZUNIONSTORE', into, #keys, unpack(keys))
  keys[#keys] = nil
  call('UNLINK', unpack(keys))
  woken[mailbox] = true
end
local function reoffer(mailbox)
  if call('EXISTS', base .. ':u:' .. mailbox) == 0 then return end
  call('HINCRBY', PE, mailbox, 1)
  numbers[mailbox] = nil
  local keys = {}
  for _, name in ipairs(call('HKEYS', base .. ':ps:' .. mailbox)) do keys[#keys + 1] = base .. ':pq:' .. mailbox .. ' ' .. name end
  call('DEL', base .. ':ps:' .. mailbox)
  for start = 1, #keys, 1000 do put_back(mailbox, { unpack(keys, start, math.min(start + 999, #keys)) }) end
end
`;
