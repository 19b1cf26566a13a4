/** The operations of the work script. Each takes its own arguments, and answers a list. */
export const changes = `
local function unlease(member, e)
  if e.bound == '-' then call('ZREM', D, member) else call('ZREM', base .. ':pl:' .. e.bound, member) end
  if e.lane ~= '' then call('HDEL', KL, lane_of(e)) end
end
local function lease_deadline(member, e)
  if e.bound == '-' then deadline(member, e.leaseUntil) else call('ZADD', base .. ':pl:' .. e.bound, whole(e.leaseUntil), member) end
end
local ended = {}
local final = { d = true, x = true, r = true, o = true }
local function inverse(member) return sub(member, 1, 37) .. format('%07d', 9999999 - tonumber(sub(member, 38))) end

-- Of a message, once one of its entries has ended.
local function end_entry(member, e)
  local unfinished = base .. ':u:' .. e.mailbox
  later('SREM', unfinished, member)
  ended[e.mailbox] = unfinished
  grow(e.mailbox, -1)
  local dead = e.state == 'x'
  if e.several == '1' then
    local common = shared(member)
    if dead then call('HINCRBY', common, 'k', 1) end
    if call('HINCRBY', common, 'n', -1) > 0 then return end
    dead = tonumber(call('HGET', common, 'k') or 0) > 0
    call('HSET', common, 's', whole(now))
  end
  finished_message(sub(member, 1, 36), dead, tonumber(e.size))
end
-- What was dead is queued again or given up.
local function unend(member, e, next_state)
  local id, common = sub(member, 1, 36), shared(member)
  call('ZREM', DL, inverse(member))
  local finished, dead = true, 0
  if e.several == '1' then
    finished = (call('HGET', common, 's') or '0') ~= '0'
    dead = call('HINCRBY', common, 'k', -1)
  end
  if next_state == 'q' then
    call('SADD', base .. ':u:' .. e.mailbox, member)
    call('SADD', MB, e.mailbox)
    grow(e.mailbox, 1)
    if e.several == '1' then
      call('HINCRBY', common, 'n', 1)
      call('HSET', common, 's', '0')
    end
    if finished then
      call('ZREM', FD, id)
      call('ZREM', F, id)
      bytes = bytes - tonumber(e.size)
    end
  elseif finished and dead == 0 then
    call('ZREM', FD, id)
    call('ZADD', F, whole(now), id)
  end
end
local function digest_of(member) return call('GETRANGE', message(member), 0, 63) end
local function refused(member, text) return { 'other', text, digest_of(member) } end
local function add_leaf(member, e, form, text)
  local index = whole(append_leaf(sub(member, 1, 36), form, text))
  if e.several == '1' then
    local common = shared(member)
    call('HSET', common, 'l', call('HGET', common, 'l') .. ',' .. index)
  else e.leaves = e.leaves .. ',' .. index end
end

local operations = {}

-- a: acknowledges. Delivery, token, form of the leaf, digest. Answers 'done', its version and its moment.
operations.a = function()
  local member, token, form, digest = take(), take(), take(), take()
  local e, text = load(member)
  if not e then return { 'gone' } end
  if e.state ~= 'l' or e.token ~= token or form == '' then return refused(member, text) end
  if e.bound ~= '-' and e.lane == '' then later('ZREM', base .. ':pl:' .. e.bound, member) else unlease(member, e) end
  count.l = count.l - 1
  e.state, e.version, e.doneAt, e.leaseUntil = 'd', e.version + 1, whole(now), 0
  add_leaf(member, e, form, e.doneAt .. ' ' .. digest)
  call('HSET', E, member, entry_text(e))
  end_entry(member, e)
  leave_lane(member, e)
  return { 'done', whole(e.version), e.doneAt }
end

-- p: puts an entry into its next state. Delivery, version, state, attempt, not before, lease until, held until, '+' for a
-- new position, process to tell of its end or not ('1'), '1' where its holder may not have it, constitution, conversation, its version, form and text of a leaf or '',
-- body, forms, facts.
operations.p = function()
  local member, version, next_state = take(), take(), take()
  local attempt, notBefore, leaseUntil, holdUntil, anew, tells, passes = number(), number(), number(), number(), take(), take(), take()
  local under, conversation, conversation_version, form, text, body = take(), take(), take(), take(), take(), take()
  local forms = {}
  for place = 1, number() do forms[place] = { take(), take() } end
  local facts = take_facts()
  local e, before_text = load(member)
  if not e then return { 'gone' } end
  if e.version ~= version then return refused(member, before_text) end
  if under ~= '' and ground and ground ~= under then return { 'ground' } end
  if not knows(conversation, conversation_version) then return { 'conversation' } end
  local before = e.state
  if before == 'l' and (next_state ~= 'l' or leaseUntil ~= e.leaseUntil) then unlease(member, e) end
  if before == 'q' or before == 'h' then
    call('ZREM', D, member)
    if before == 'q' then unqueue(member, e) end
  end
  if count[before] then count[before] = count[before] - 1 end
  if count[next_state] then count[next_state] = count[next_state] + 1 end
  if before == 'x' then unend(member, e, next_state) end
  local position = e.position
  if anew == '+' then position = next_position(notBefore) end
  if e.lane ~= '' and position ~= e.position then call('ZREM', lane_of(e), member) end
  e.state, e.version, e.attempt, e.notBefore, e.holdUntil, e.position, e.grantedAt, e.doneAt = next_state, e.version + 1, attempt, notBefore, holdUntil, position, '0', '0'
  local changed = leaseUntil ~= e.leaseUntil
  e.leaseUntil = leaseUntil
  if passes == '1' then pass(e) elseif before == 'x' then e.passed = '-' end
  if next_state ~= 'l' then e.bound = '-' end
  e.body = body
  if text ~= '' then add_leaf(member, e, form, text) end
  call('HSET', E, member, entry_text(e))
  for _, one in ipairs(forms) do call('HSETNX', FORMS, one[1], one[2]) end
  local learnt = #facts > 0 and learn(conversation, facts) or ''
  if next_state == 'q' then enter(member, e)
  elseif next_state == 'h' then
    deadline(member, e.expiresAt > 0 and math.min(holdUntil, e.expiresAt) or holdUntil)
    leave_lane(member, e)
  elseif next_state == 'l' then
    if changed then
      lease_deadline(member, e)
      if e.lane ~= '' then call('HSET', KL, lane_of(e), member) end
    end
  else
    if next_state == 'x' then call('ZADD', DL, 0, inverse(member)) end
    if not final[before] then
      end_entry(member, e)
      leave_lane(member, e)
    end
    if tells == '1' and e.origin ~= '-' and e.origin ~= pid then notify(e.origin, 'e ' .. member) end
  end
  return { 'done', whole(e.version), whole(e.position), learnt }
end

-- c: leases what is ready. Who takes it, how many, milliseconds, '1' where the lease ends with this process, '1' to be told when there
-- is more, number of mailboxes and these: of several it takes one from each in turn. Answers delivery, entry and message of each.
operations.c = function()
  local recipient, most, leaseMs, bound, waits = take(), number(), number(), take(), take()
  local mailboxes, given, process = {}, {}, bound == '1' and pid or '-'
  for place = 1, number() do mailboxes[place] = take() end
  local function holder_in(mailbox) return mailbox == recipient and '-' or recipient end
  if #mailboxes == 1 then given = lease_ready(mailboxes[1], most, leaseMs, process, holder_in(mailboxes[1]))
  else
    local left = mailboxes
    while #left > 0 and #given < most * 3 do
      local again = {}
      for _, mailbox in ipairs(left) do
        local one = #given < most * 3 and lease_ready(mailbox, 1, leaseMs, process, holder_in(mailbox)) or {}
        for _, part in ipairs(one) do given[#given + 1] = part end
        if #one > 0 then again[#again + 1] = mailbox end
      end
      left = again
    end
  end
  if #given == most * 3 then return given end
  for _, mailbox in ipairs(mailboxes) do
    -- What one member of a queue group may not have, others may.
    if holder_in(mailbox) == '-' then woken[mailbox] = nil end
    -- What is leased beyond this process is not handed over: nobody might take it. Nor what would come from several at once.
    local room = bound == '1' and #mailboxes == 1 and most - #given / 3 or 0
    if waits == '1' then call('HSET', base .. ':a:' .. mailbox, pid .. ' ' .. holder_in(mailbox), whole(room) .. ' ' .. whole(leaseMs)) end
  end
  return given
end

-- t: leases one entry that waits for whoever sent what it answers. Delivery, milliseconds.
operations.t = function()
  local member, leaseMs = take(), number()
  local e = load(member)
  if not e or e.state ~= 'q' or e.notBefore > now or (e.expiresAt > 0 and e.expiresAt <= now) then return { 'gone' } end
  call('ZREM', D, member)
  if mailbox_paused(e.mailbox) or topic_paused(e) or message_paused(e, call('GET', message(member)) or '') then
    enter(member, e)
    return { 'gone' }
  end
  unqueue(member, e)
  return { member, lease(member, e, leaseMs, pid, '-'), call('GET', message(member)) }
end

-- o: gives such an entry to whoever claims. Delivery.
operations.o = function()
  local member = take()
  local e = load(member)
  if not e or e.state ~= 'q' then return {} end
  call('ZREM', D, member)
  enter(member, e)
  return {}
end

-- d: looks for what has fallen due, for whoever holds the sweep; what only has to be made ready is made ready. How many, the
-- length of a hold of the sweep. Answers whether it holds it, how much was looked at, and delivery, entry and digest of each.
operations.d = function()
  local most, holdMs = number(), number()
  call('ZADD', P, whole(now), pid)
  local holds = sweeper == pid or sweeper == '' or swept <= now or not alive(sweeper)
  if holds then
    sweeper, swept = pid, now + holdMs
    call('HSET', S, 'sweeper', pid, 'swept', whole(swept))
  end
  local found, due, looked = {}, call('ZRANGEBYSCORE', OWN, '-inf', whole(now), 'LIMIT', 0, most), 0
  local function add(list) for _, member in ipairs(list) do due[#due + 1] = member end end
  if holds then
    add(call('ZRANGEBYSCORE', D, '-inf', whole(now), 'LIMIT', 0, most))
    local gone = call('ZRANGEBYSCORE', P, '-inf', whole(now - tonumber(ARGV[6])), 'LIMIT', 0, 1)[1]
    if gone then
      local left = call('ZRANGE', base .. ':pl:' .. gone, 0, most - 1)
      if #left == 0 then call('ZREM', P, gone) else add(left) end
      looked = 1
    end
  end
  for _, member in ipairs(due) do
    local e, text = load(member)
    looked = looked + 1
    if not e then
      call('ZREM', D, member)
      call('ZREM', OWN, member)
    elseif e.state == 'q' and not (e.expiresAt > 0 and e.expiresAt <= now) then
      call('ZREM', D, member)
      enter(member, e)
    else
      local last = #found
      found[last + 1], found[last + 2], found[last + 3] = member, text, digest_of(member)
    end
  end
  return { holds and '1' or '0', looked, found }
end
`;
