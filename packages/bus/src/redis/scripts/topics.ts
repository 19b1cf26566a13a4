/** Operations of the work script on queue groups, pauses, and what is remembered of topics. */
export const topicChanges = `
-- r: offers what members of a queue group may not have to all of them again. Mailbox, or '' for all.
operations.r = function()
  local mailbox = take()
  for _, one in ipairs(mailbox == '' and call('HKEYS', PE) or { mailbox }) do reoffer(one) end
  return {}
end

-- w: leases nothing of these from now on. Order or '', number, then each, see redis/withholding.ts. With an order, none that is older
-- than what is known.
operations.w = function()
  local order, list = take(), {}
  for place = 1, number() do list[place] = take() end
  if order ~= '' and tonumber(order) <= tonumber(call('HGET', S, 'pauseOrder') or 0) then return {} end
  load_pauses()
  local before = pauses
  call('DEL', PZ)
  for _, one in ipairs(list) do call('SADD', PZ, one) end
  paused = #list > 0
  call('HSET', S, 'paused', paused and '1' or '', 'pauseOrder', order == '' and '0' or order)
  load_pauses()
  for _, mailbox in ipairs(call('SMEMBERS', WM)) do put_back(mailbox, { base .. ':wh:' .. mailbox }) end
  call('DEL', WM)
  if next(before.m) == nil and next(before.t) == nil and not before.e.everything then return {} end
  for _, mailbox in ipairs(call('SMEMBERS', MB)) do
    if (before.e.everything or before.m[mailbox] or before.t[tenant_of(mailbox)]) and not mailbox_paused(mailbox) then woken[mailbox] = true end
  end
  return {}
end

-- n: changes subscriptions or pauses, in the shard that keeps them. Subject and text of a leaf or '', number, then for each: '+' or '-',
-- 'subscriptions' or 'pauses', field, value, and of what ends the first line that it must have or ''. Answers the number of what is kept.
operations.n = function()
  local subject, text, log = take(), take(), base .. ':topics:log'
  if text ~= '' then append_leaf(subject, '', text) end
  for _ = 1, number() do
    local sign, name, field, value, revision = take(), take(), take(), take(), take()
    local key = base .. ':topics:' .. name
    local kept = call('HGET', key, field)
    if sign == '+' or (kept and (revision == '' or match(kept, '^[^' .. NL .. ']*') == revision)) then
      if sign == '+' then call('HSET', key, field, value) else call('HDEL', key, field) end
      topics = whole(next_position(0))
      call('ZADD', log, topics, topics .. ' ' .. sign .. ' ' .. name .. NL .. value)
    end
  end
  call('ZREMRANGEBYRANK', log, 0, -1001)
  call('HSET', S, 'topics', topics)
  for _, process in ipairs(call('ZRANGE', P, 0, -1)) do
    if process ~= pid then notify(process, 'c') end
  end
  return { topics }
end

-- y: what has become of them since. The number of what is known. Answers the number of what is kept, and the changes in their
-- order, or where those are no longer known everything.
operations.y = function()
  local since, log = take(), base .. ':topics:log'
  if since == topics then return { topics, 'log', {} } end
  if call('ZCOUNT', log, since, since) == 0 then
    return { topics, 'all', call('HVALS', base .. ':topics:subscriptions'), call('HVALS', base .. ':topics:pauses') }
  end
  return { topics, 'log', call('ZRANGEBYSCORE', log, '(' .. since, '+inf') }
end
`;
