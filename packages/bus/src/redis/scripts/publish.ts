import { conclusion, state } from './state.js';

/**
 * Admits messages, each with its entries, dedupe mark, facts and leaf, or none of it. Its first write is refused where
 * memory is full; what an admission is refused for is found out before anything of it is written.
 *
 * ARGV: limit of a mailbox, limit of all; then for each admission: id, envelope, digest, record, bytes, process whose request it
 * is or '', id that it answers or '', constitution or '', conversation, its version or '', dedupe key or '', mark, its end, form
 * and text of its leaf, forms (number, then id and text each), facts (number, then about, value and end each), entries (number,
 * then mailbox, state, priority, not before, held until, expires at, ordering key and body each).
 */
export const publishScript = `${state}
local mailbox_limit, total_limit = number(), number()
local results = {}
local function take_entries()
  local entries = {}
  for place = 1, number() do
    entries[place] = { mailbox = take(), state = take(), priority = number(), notBefore = number(), holdUntil = number(),
      expiresAt = number(), lane = take(), body = take() }
  end
  return entries
end
local function has_room(entries)
  if count.q + count.l + count.h + #entries > total_limit then return false end
  for _, e in ipairs(entries) do
    e.size = call('SCARD', base .. ':u:' .. e.mailbox)
    if e.size >= mailbox_limit then return false end
  end
  return true
end
local function origin_of(answers)
  if answers == '' then return nil end
  local origin = call('HGET', base .. ':m:' .. answers, 'o')
  if origin and alive(origin) then return origin end
end
local function admit(id, entries, origin)
  for place, e in ipairs(entries) do
    local member = id .. '.' .. (place - 1)
    if e.size == 0 then call('SADD', MB, e.mailbox) end
    call('SADD', base .. ':u:' .. e.mailbox, member)
    count[e.state] = count[e.state] + 1
    if e.state == 'h' then
      deadline(member, e.expiresAt > 0 and math.min(e.holdUntil, e.expiresAt) or e.holdUntil)
    elseif origin and e.lane == '' and e.notBefore <= now then
      deadline(member, now + 1000)
      notify(origin, 'r ' .. member)
    else enter(member, e) end
  end
end
while at <= #ARGV do
  local id, envelope, digest, record, size, origin, answers, under, conversation, version =
    take(), take(), take(), take(), number(), take(), take(), take(), take(), take()
  local dedupe, mark, mark_until, form, text = take(), take(), number(), take(), take()
  local forms = {}
  for place = 1, number() do forms[place] = { take(), take() } end
  local facts, entries = take_facts(), take_entries()
  local used = dedupe ~= '' and call('GET', base .. ':dd:' .. dedupe)
  if used and tonumber(match(used, '^%d+')) <= now then used = false end
  if used then results[#results + 1] = { 'used', used }
  elseif under ~= '' and ground and ground ~= under then results[#results + 1] = { 'ground' }
  elseif not knows(conversation, version) then results[#results + 1] = { 'conversation' }
  elseif not has_room(entries) then results[#results + 1] = { 'full' }
  else
    local message = base .. ':m:' .. id
    local fields = { 'e', envelope, 'g', digest, 'r', record, 'y', size }
    local function field(name, value) fields[#fields + 1] = name; fields[#fields + 1] = value end
    if origin ~= '' then field('o', origin) end
    if #entries > 1 then field('n', #entries) end
    for place, e in ipairs(entries) do
      e.position, e.version, e.attempt, e.token, e.leaseUntil, e.bound, e.grantedAt, e.doneAt = next_position(e.notBefore), 1, 0, '0', 0, '-', '0', '0'
      field('h' .. (place - 1), header(e))
      field('b' .. (place - 1), e.body)
    end
    field('l', whole(leaf))
    if #entries == 0 then field('s', whole(now)) end
    for place = 1, #fields, 1000 do call('HSET', message, unpack(fields, place, math.min(place + 999, #fields))) end
    for _, one in ipairs(forms) do call('HSETNX', FORMS, one[1], one[2]) end
    call('ZADD', IDS, 0, id)
    if #entries == 0 then finished_message(message, id, false, size) end
    if dedupe ~= '' and mark_until > now then call('SET', base .. ':dd:' .. dedupe, whole(mark_until) .. ' ' .. id .. ' ' .. mark, 'PX', whole(mark_until - now)) end
    local learnt = #facts > 0 and learn(conversation, facts) or ''
    local index = append_leaf(message, id, form, text)
    admit(id, entries, origin_of(answers))
    results[#results + 1] = { 'kept', whole(index), learnt }
  end
end
${conclusion}`;
