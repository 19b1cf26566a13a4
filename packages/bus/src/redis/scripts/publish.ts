import { conclusion, state } from './state.js';

/**
 * Admits messages, each with its entries, dedupe mark, facts and leaf, or none of it. Its first write is refused where
 * memory is full; what an admission is refused for is found out before anything of it is written. What goes into one key is
 * written with one command for the whole batch, and nothing in the script reads it before.
 *
 * ARGV: limits of a mailbox, of a tenant, of all; then for each admission: id, content (record and envelope), id that it answers or '',
 * constitution or '', conversation, its version or '', form and text of its leaf, dedupe key or '', with one also mark and its
 * end; forms (number, then id and text each), facts (number, then about, value and end each), entries (number, then mailbox, way,
 * text before its position, between that and its leaf, and after it, priority, not before, and the moment at which it falls due
 * or 0, each). A way is `n` for what is ready, `h` for what is held, `o` for what is put off or in an order. Answers the leaf's
 * index, or a list of why not.
 */
export const publishScript = `${state}
local mailbox_limit, tenant_limit, total_limit, last = number(), number(), number(), #ARGV
local results, sizes, tenants = {}, {}, {}
local open = count.q + count.l + count.h
local function size_of(mailbox)
  local size = sizes[mailbox]
  if not size then
    size = call('SCARD', base .. ':u:' .. mailbox)
    if size == 0 then call('SADD', MB, mailbox) end
    sizes[mailbox] = size
  end
  return size
end
-- All recipients of a message are of one tenant.
local function tenant_size(mailbox)
  local tenant = tenant_of(mailbox)
  if not tenants[tenant] then tenants[tenant] = tonumber(call('HGET', TN, tenant) or 0) end
  return tenants[tenant] + (grown[tenant] or 0)
end
local function has_room(place, entries)
  if open + entries > total_limit then return false end
  if entries > 0 and tenant_size(ARGV[place]) + entries > tenant_limit then return false end
  for _ = 1, entries do
    if size_of(ARGV[place]) >= mailbox_limit then return false end
    place = place + 8
  end
  return true
end
local function origin_of(answers)
  flush()
  local e = load(answers .. '.0')
  if e and e.origin ~= '-' and alive(e.origin) then return e.origin end
end
local function admit(member, place, text, position, origin)
  local mailbox, way, moment = ARGV[place], ARGV[place + 1], tonumber(ARGV[place + 7])
  sizes[mailbox] = sizes[mailbox] + 1
  open = open + 1
  grow(mailbox, 1)
  later('SADD', base .. ':u:' .. mailbox, member)
  if way == 'h' then
    count.h = count.h + 1
    later('HSET', E, member, text)
    return deadline(member, moment)
  end
  count.q = count.q + 1
  if way == 'o' then
    call('HSET', E, member, text)
    return enter(member, parse(text))
  end
  later('HSET', E, member, text)
  if origin then
    deadline(member, now + 1000)
    return notify(origin, 'r ' .. member)
  end
  later('ZADD', base .. ':q:' .. mailbox, whole(position - ARGV[place + 5] * aging), member)
  woken[mailbox] = true
  if moment > 0 then deadline(member, moment) end
end
while at <= last do
  local id, content, answers, under, conversation, version, form, text, dedupe =
    ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6], ARGV[at + 7], ARGV[at + 8]
  at = at + 9
  local mark, mark_until, used, facts
  if dedupe ~= '' then
    mark, mark_until = take(), number()
    used = call('GET', base .. ':dd:' .. dedupe)
    if used and tonumber(match(used, '^%d+')) <= now then used = false end
  end
  local forms_from, forms_to = at + 1, at + 2 * ARGV[at]
  at = forms_to + 1
  if ARGV[at] == '0' then at = at + 1 else facts = take_facts() end
  local entries, first = number(), at
  at = at + 8 * entries
  local answer
  if used then answer = { 'used', used }
  elseif under ~= '' and ground and ground ~= under then answer = { 'ground' }
  elseif not knows(conversation, version) then answer = { 'conversation' }
  elseif not has_room(first, entries) then answer = { 'full' }
  else
    later('MSET', base, base .. ':m:' .. id, content)
    if entries == 1 then
      local position = next_position(tonumber(ARGV[first + 6]))
      local text = ARGV[first + 2] .. whole(position) .. ARGV[first + 3] .. whole(leaf) .. ARGV[first + 4]
      admit(id .. '.0', first, text, position, answers ~= '' and origin_of(answers))
    else
      call('HSET', base .. ':x:' .. id, 'n', entries, 'c', entries, 'l', whole(leaf), 's', entries == 0 and whole(now) or '0')
      if entries == 0 then finished_message(id, false, tonumber(match(content, '^%d+', 65))) end
      for place = 0, entries - 1 do
        local start = first + 8 * place
        local position = next_position(tonumber(ARGV[start + 6]))
        admit(id .. '.' .. place, start, ARGV[start + 2] .. whole(position) .. ARGV[start + 3] .. '-' .. ARGV[start + 4], position, nil)
      end
    end
    for form_at = forms_from, forms_to, 2 do call('HSETNX', FORMS, ARGV[form_at], ARGV[form_at + 1]) end
    later('ZADD', IDS, 0, id)
    if dedupe ~= '' and mark_until > now then
      call('SET', base .. ':dd:' .. dedupe, whole(mark_until) .. ' ' .. id .. ' ' .. mark, 'PX', whole(mark_until - now))
    end
    local learnt = facts and learn(conversation, facts)
    answer = append_leaf(id, form, text)
    if learnt then answer = { 'learnt', answer, learnt } end
  end
  results[#results + 1] = answer
end
${conclusion}`;
