/** Operations of the work script that keep the shard itself: signs of life, retention, the constitution in force. */
export const upkeep = `
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
  flush()
  local finished, dead, most_bytes, most, leavesMs = take(), take(), number(), number(), take()
  local dropped = 0
  local function drop(from, outlived)
    for _, id in ipairs(call('ZRANGEBYSCORE', from, '-inf', outlived and ('(' .. outlived) or '+inf', 'LIMIT', 0, most - dropped)) do
      if not outlived and bytes <= most_bytes then return end
      local common, members, leaves = base .. ':x:' .. id, { id .. '.0' }, nil
      local number_of = call('HGET', common, 'c')
      if number_of then
        leaves = call('HGET', common, 'l')
        for place = 1, tonumber(number_of) - 1 do members[place + 1] = id .. '.' .. place end
        call('UNLINK', common)
      else
        local e = load(members[1])
        leaves = e and e.leaves
      end
      if leaves then call('SET', base .. ':l:' .. id, leaves, 'PX', leavesMs) end
      for start = 1, #members, 1000 do call('HDEL', E, unpack(members, start, math.min(start + 999, #members))) end
      local size = match(call('GETRANGE', base .. ':m:' .. id, 64, 80), '^%d+')
      call('UNLINK', base .. ':m:' .. id)
      call('ZREM', from, id)
      call('ZREM', IDS, id)
      for _, member in ipairs(call('ZRANGEBYLEX', DL, '[' .. id, '(' .. id .. '/')) do call('ZREM', DL, member) end
      bytes = bytes - tonumber(size or 0)
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
  if text ~= '' then append_leaf(subject, '', text) end
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
