/** The operations of the work script. Each takes its own arguments, and answers a list. */
export const changes = `
local function unlease(member, e)
  if e.bound == '-' then call('ZREM', D, member) else call('ZREM', base .. ':pl:' .. e.bound, member) end
  if e.lane ~= '' then call('HDEL', KL, lane_of(e)) end
end
local function lease_deadline(member, e)
  if e.bound == '-' then deadline(member, e.leaseUntil) else call('ZADD', base .. ':pl:' .. e.bound, whole(e.leaseUntil), member) end
end
local final = { d = true, x = true, r = true, o = true }
local function inverse(member) return sub(member, 1, 37) .. format('%07d', 9999999 - tonumber(sub(member, 38))) end

-- Of a message, once one of its entries has ended.
local function end_entry(member, message, e, known)
  local unfinished = base .. ':u:' .. e.mailbox
  call('SREM', unfinished, member)
  if call('EXISTS', unfinished) == 0 then call('SREM', MB, e.mailbox) end
  local dead = e.state == 'x'
  if known.several then
    if dead then call('HINCRBY', message, 'k', 1) end
    if call('HINCRBY', message, 'n', -1) > 0 then return end
    dead = tonumber(call('HGET', message, 'k') or 0) > 0
  end
  call('HSET', message, 's', whole(now))
  finished_message(message, sub(member, 1, 36), dead, known.size)
end
local function unend(member, message, e, known, next_state)
  local id = sub(member, 1, 36)
  call('ZREM', DL, inverse(member))
  if known.several then call('HINCRBY', message, 'k', -1) end
  local finished = call('HGET', message, 's')
  if next_state == 'q' then
    call('SADD', base .. ':u:' .. e.mailbox, member)
    call('SADD', MB, e.mailbox)
    if known.several then call('HINCRBY', message, 'n', 1) end
  end
  if finished and finished ~= '0' then
    if next_state == 'q' then
      call('ZREM', FD, id)
      call('ZREM', F, id)
      call('HSET', message, 's', '0')
      bytes = bytes - known.size
    elseif not known.several or tonumber(call('HGET', message, 'k') or 0) == 0 then
      call('ZREM', FD, id)
      call('ZADD', F, whole(now), id)
    end
  end
end
local function look(member)
  local message, ordinal = places(member)
  local got = call('HMGET', message, 'h' .. ordinal, 'n', 'r', 'l', 'o')
  if not got[1] then return nil end
  return parse(got[1]), { several = got[2] ~= false, size = tonumber(match(got[3], '^%d+', 65)), digest = digest_of(got[3]), leaves = got[4] or '', origin = got[5], header = got[1] }, message, ordinal
end
local function refused(message, ordinal, known)
  return { 'other', known.header, call('HGET', message, 'b' .. ordinal) or '', known.digest }
end

local operations = {}

-- a: acknowledges. Delivery, token, form of the leaf. Answers 'done' and the header.
operations.a = function()
  local member, token, form = take(), take(), take()
  local e, known, message, ordinal = look(member)
  if not e then return { 'gone' } end
  if e.state ~= 'l' or e.token ~= token or form == '' then return refused(message, ordinal, known) end
  unlease(member, e)
  count.l = count.l - 1
  e.state, e.version, e.doneAt, e.leaseUntil = 'd', e.version + 1, whole(now), 0
  local text = header(e)
  local index = append_leaf(message, sub(member, 1, 36), form, e.doneAt .. ' ' .. known.digest)
  call('HSET', message, 'h' .. ordinal, text, 'l', known.leaves .. ',' .. whole(index))
  end_entry(member, message, e, known)
  leave_lane(member, e)
  return { 'done', text }
end

-- p: puts an entry into its next state. Delivery, version, state, attempt, not before, lease until, held until, '+' for a
-- new position, process to tell of its end or not ('1'), constitution, conversation, its version, form and text of a leaf or '',
-- body, forms, facts.
operations.p = function()
  local member, version, next_state = take(), take(), take()
  local attempt, notBefore, leaseUntil, holdUntil, anew, tells = number(), number(), number(), number(), take(), take()
  local under, conversation, conversation_version, form, text, body = take(), take(), take(), take(), take(), take()
  local forms = {}
  for place = 1, number() do forms[place] = { take(), take() } end
  local facts = take_facts()
  local e, known, message, ordinal = look(member)
  if not e then return { 'gone' } end
  if e.version ~= version then return refused(message, ordinal, known) end
  if under ~= '' and ground and ground ~= under then return { 'ground' } end
  if not knows(conversation, conversation_version) then return { 'conversation' } end
  local before = e.state
  if before == 'l' and (next_state ~= 'l' or leaseUntil ~= e.leaseUntil) then unlease(member, e) end
  if before == 'q' or before == 'h' then
    call('ZREM', D, member)
    if before == 'q' then call('ZREM', queue(e), member) end
  end
  if count[before] then count[before] = count[before] - 1 end
  if count[next_state] then count[next_state] = count[next_state] + 1 end
  if before == 'x' then unend(member, message, e, known, next_state) end
  local position = e.position
  if anew == '+' then position = next_position(notBefore) end
  if e.lane ~= '' and position ~= e.position then call('ZREM', lane_of(e), member) end
  e.state, e.version, e.attempt, e.notBefore, e.holdUntil, e.position, e.grantedAt, e.doneAt = next_state, e.version + 1, attempt, notBefore, holdUntil, position, '0', '0'
  local changed = leaseUntil ~= e.leaseUntil
  e.leaseUntil = leaseUntil
  if next_state ~= 'l' then e.bound = '-' end
  local header_text = header(e)
  local fields = { 'h' .. ordinal, header_text, 'b' .. ordinal, body }
  if text ~= '' then
    local index = append_leaf(message, sub(member, 1, 36), form, text)
    fields[5], fields[6] = 'l', known.leaves .. ',' .. whole(index)
  end
  call('HSET', message, unpack(fields))
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
      end_entry(member, message, e, known)
      leave_lane(member, e)
    end
    if tells == '1' and known.origin and known.origin ~= pid then notify(known.origin, 'e ' .. member) end
  end
  return { 'done', header_text, learnt }
end

-- c: leases what is ready. Mailbox, how many, milliseconds, '1' where the lease ends with this process, '1' to be told when there is more.
-- Answers delivery, header, body, digest and envelope of each.
operations.c = function()
  local mailbox, most, leaseMs, bound, waits = take(), number(), number(), take(), take()
  local given = lease_ready(mailbox, most, leaseMs, bound == '1' and pid or '-')
  if #given < most * 5 then
    woken[mailbox] = nil
    -- What is leased beyond this process is not handed over: nobody might take it.
    local room = bound == '1' and most - #given / 5 or 0
    if waits == '1' then call('HSET', base .. ':a:' .. mailbox, pid, whole(room) .. ' ' .. whole(leaseMs)) end
  end
  return given
end

-- t: leases one entry that waits for whoever sent what it answers. Delivery, milliseconds.
operations.t = function()
  local member, leaseMs = take(), number()
  local e, _, message, ordinal = look(member)
  if not e or e.state ~= 'q' or e.notBefore > now or (e.expiresAt > 0 and e.expiresAt <= now) then return { 'gone' } end
  call('ZREM', D, member)
  call('ZREM', queue(e), member)
  local text = lease(member, e, message, ordinal, leaseMs, pid)
  local got = call('HMGET', message, 'b' .. ordinal, 'r', 'e')
  return { member, text, got[1], digest_of(got[2]), got[3] }
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
-- length of a hold of the sweep. Answers whether it holds it, how much was looked at, and delivery, header, body and digest of each.
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
    local e, known, message, ordinal = look(member)
    looked = looked + 1
    if not e then
      call('ZREM', D, member)
      call('ZREM', OWN, member)
    elseif e.state == 'q' and not (e.expiresAt > 0 and e.expiresAt <= now) then
      call('ZREM', D, member)
      enter(member, e)
    else
      local last = #found
      found[last + 1], found[last + 2], found[last + 3], found[last + 4] = member, known.header, call('HGET', message, 'b' .. ordinal), known.digest
    end
  end
  return { holds and '1' or '0', looked, found }
end

-- b: says that the process is there; with '0', that it is about to end.
operations.b = function()
  if take() == '1' then call('ZADD', P, whole(now), pid) else
    call('ZADD', P, 0, pid)
    if sweeper == pid then call('HDEL', S, 'sweeper', 'swept') end
  end
  return {}
end

-- f: drops finished messages. Those finished before, dead ones before, bytes to keep, how many, how long their leaves are found by them.
operations.f = function()
  local finished, dead, most_bytes, most, leavesMs = take(), take(), number(), number(), take()
  local dropped = 0
  local function drop(from, outlived)
    for _, id in ipairs(call('ZRANGEBYSCORE', from, '-inf', outlived and ('(' .. outlived) or '+inf', 'LIMIT', 0, most - dropped)) do
      if not outlived and bytes <= most_bytes then return end
      local message = base .. ':m:' .. id
      local got = call('HMGET', message, 'l', 'r')
      if got[1] then call('SET', base .. ':l:' .. id, got[1], 'PX', leavesMs) end
      call('UNLINK', message)
      call('ZREM', from, id)
      call('ZREM', IDS, id)
      for _, member in ipairs(call('ZRANGEBYLEX', DL, '[' .. id, '(' .. id .. '/')) do call('ZREM', DL, member) end
      if got[2] then bytes = bytes - tonumber(match(got[2], '^%d+', 65)) end
      dropped = dropped + 1
    end
  end
  drop(F, finished)
  drop(FD, dead)
  if bytes > most_bytes and dropped < most then drop(F) end
  if bytes > most_bytes and dropped < most then drop(FD) end
  return { dropped }
end

-- k: puts a constitution in force, in the shard that keeps their history. Its number, the activation, name, revision, subject and text
-- of its leaf, what commits have to rest on. Answers 'kept', or 'other' with what has that number.
operations.k = function()
  local order, activation, name, revision, subject, text, next_ground = number(), take(), take(), number(), take(), take(), take()
  local life = base .. ':life:'
  local last = tonumber(call('GET', life .. 'last') or 0)
  if last + 1 ~= order then return { 'other', order <= last and call('LINDEX', life .. 'acts', order - last - 1) or '' } end
  call('RPUSH', life .. 'acts', activation)
  call('LTRIM', life .. 'acts', -1000, -1)
  call('SET', life .. 'last', whole(order))
  if revision > tonumber(call('HGET', life .. 'revs', name) or 0) then call('HSET', life .. 'revs', name, whole(revision)) end
  if text ~= '' then append_leaf(nil, subject, '', text) end
  ground = next_ground
  call('HSET', S, 'ground', ground, 'grounded', whole(order))
  for _, process in ipairs(call('ZRANGE', P, 0, -1)) do
    if process ~= pid then notify(process, 'c') end
  end
  return { 'kept' }
end

-- g: the same for the other shards: what commits have to rest on, unless something newer is known. Its number, and what.
operations.g = function()
  local order, next_ground = number(), take()
  if order > tonumber(call('HGET', S, 'grounded') or 0) then
    ground = next_ground
    call('HSET', S, 'ground', ground, 'grounded', whole(order))
  end
  return {}
end
`;
