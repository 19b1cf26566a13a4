import { conclusion, state } from './state.js';

/**
 * Admits messages, each with its entries, dedupe mark, facts and leaf, or none of it. Its first write is refused where
 * memory is full; what an admission is refused for is found out before anything of it is written. What goes into one key is
 * written with one command for the whole batch, and nothing in the script reads it before.
 *
 * ARGV: limit of a mailbox, limit of all; then for each admission: id, envelope, record, bytes, process whose request it is
 * or '', id that it answers or '', constitution or '', conversation, its version or '', form and text of its leaf, dedupe key
 * or '', with one also mark and its end; forms (number, then id and text each), facts (number, then about, value and end
 * each), entries (number, then mailbox, way, header before and after its position, priority, not before, moment at which it
 * falls due or 0, and body each). A way is `n` for what is ready, `h` for what is held, `o` for what is put off or in an order.
 * Answers the leaf's index, or a list of why not.
 */
export const publishScript = `${state}
local mailbox_limit, total_limit, last = number(), number(), #ARGV
local results, sizes, ids, unfinished, ready = {}, {}, {}, {}, {}
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
local function has_room(place, entries)
  if open + entries > total_limit then return false end
  for _ = 1, entries do
    if size_of(ARGV[place]) >= mailbox_limit then return false end
    place = place + 8
  end
  return true
end
local function origin_of(answers)
  local origin = call('HGET', base .. ':m:' .. answers, 'o')
  if origin and alive(origin) then return origin end
end
local function put(list, key, value)
  local values = list[key]
  if values then values[#values + 1] = value else list[key] = { value } end
end
local function admit(member, place, text, position, origin)
  local mailbox, way, moment = ARGV[place], ARGV[place + 1], tonumber(ARGV[place + 6])
  sizes[mailbox] = sizes[mailbox] + 1
  open = open + 1
  put(unfinished, mailbox, member)
  if way == 'h' then
    count.h = count.h + 1
    return deadline(member, moment)
  end
  count.q = count.q + 1
  if way == 'o' then return enter(member, parse(text)) end
  if origin then
    deadline(member, now + 1000)
    return notify(origin, 'r ' .. member)
  end
  put(ready, mailbox, whole(position - ARGV[place + 4] * aging))
  put(ready, mailbox, member)
  if moment > 0 then deadline(member, moment) end
end
while at <= last do
  local id, envelope, record, size, origin, answers, under, conversation, version, form, text, dedupe =
    ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6], ARGV[at + 7], ARGV[at + 8],
    ARGV[at + 9], ARGV[at + 10], ARGV[at + 11]
  at = at + 12
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
    local message = base .. ':m:' .. id
    local position
    if entries == 1 then
      position = next_position(tonumber(ARGV[first + 5]))
      local text = ARGV[first + 2] .. whole(position) .. ARGV[first + 3]
      call('HSET', message, 'e', envelope, 'r', record, 'l', leaf, 'h0', text, 'b0', ARGV[first + 7])
      admit(id .. '.0', first, text, position, answers ~= '' and origin_of(answers))
    else
      call('HSET', message, 'e', envelope, 'r', record, 'l', leaf, 'n', entries)
      if entries == 0 then
        call('HSET', message, 's', whole(now))
        finished_message(message, id, false, tonumber(size))
      end
      for place = 0, entries - 1 do
        local start = first + 8 * place
        position = next_position(tonumber(ARGV[start + 5]))
        local text = ARGV[start + 2] .. whole(position) .. ARGV[start + 3]
        call('HSET', message, 'h' .. place, text, 'b' .. place, ARGV[start + 7])
        admit(id .. '.' .. place, start, text, position, nil)
      end
    end
    if origin ~= '' then call('HSET', message, 'o', origin) end
    for form_at = forms_from, forms_to, 2 do call('HSETNX', FORMS, ARGV[form_at], ARGV[form_at + 1]) end
    ids[#ids + 1] = 0
    ids[#ids + 1] = id
    if dedupe ~= '' and mark_until > now then
      call('SET', base .. ':dd:' .. dedupe, whole(mark_until) .. ' ' .. id .. ' ' .. mark, 'PX', whole(mark_until - now))
    end
    local learnt = facts and learn(conversation, facts)
    answer = append_leaf(message, id, form, text)
    if learnt then answer = { 'learnt', answer, learnt } end
  end
  results[#results + 1] = answer
end
local function write_all(command, prefix, lists)
  for mailbox, values in pairs(lists) do
    for start = 1, #values, 4000 do call(command, prefix .. mailbox, unpack(values, start, math.min(start + 3999, #values))) end
  end
end
write_all('ZADD', IDS, { [''] = ids })
write_all('SADD', base .. ':u:', unfinished)
write_all('ZADD', base .. ':q:', ready)
for mailbox in pairs(ready) do woken[mailbox] = true end
${conclusion}`;
