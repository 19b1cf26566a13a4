import { scriptOf } from './scripts-client.js';

/**
 * What the scripts of quotas share. State is packed as doubles, whole numbers below 2^53: of a rate the level of its bucket, when that
 * was, the cost of a message and the grains of time that both are in; of a budget the beginning of the period, what was used in it
 * and whether there was a warning, and the same of another period that was counted.
 *
 * Time is the server's. One that goes back drains nothing and opens nothing.
 */
const shared = `
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local floor, ceil, max = math.floor, math.ceil, math.max

local function bucket(key, cost, drain, grains)
  local now = grains == 1000 and micros or floor(micros / 1000)
  local known = redis.call('GET', key)
  if not known then return 0, now end
  local level, at, cost_then, grains_then = struct.unpack('<dddd', known)
  if cost_then ~= cost or grains_then ~= grains then
    level = ceil(level / cost_then * cost)
    at = floor(at / grains_then * grains)
  end
  if now > at then level = max(0, level - (now - at) * drain) end
  return level, now, now < at
end

local function fill(key, level, now, cost, drain, grains)
  local ends = string.format('%.0f', ceil(level / drain / grains) + 1)
  redis.call('SET', key, struct.pack('<dddd', level, now, cost, grains), 'PX', ends)
end
`;

const periods = `
-- Of months, whose length is 0 here, by H. Hinnant, "chrono-compatible low-level date algorithms": years that begin in March.
local function period_of(length, offset)
  local now = floor(micros / 1000)
  if length > 0 then
    local start = floor((now + offset) / length) * length - offset
    return start, start + length, now
  end
  local days = floor(now / 86400000)
  local era = floor((days + 719468) / 146097)
  local of_era = days + 719468 - era * 146097
  local year = floor((of_era - floor(of_era / 1460) + floor(of_era / 36524) - floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + floor(year / 4) - floor(year / 100))
  local month = floor((5 * of_year + 2) / 153)
  local first = days - (of_year - floor((153 * month + 2) / 5))
  -- From March on: the fourth, sixth, ninth and eleventh month of the year have 30 days, February ends the year.
  local long = (month == 1 or month == 3 or month == 6 or month == 8) and 30 or 31
  if month == 11 then
    local next = year + 1
    long = (next % 4 == 0 and (next % 100 ~= 0 or next % 400 == 0)) and 29 or 28
  end
  return first * 86400000, (first + long) * 86400000, now
end

-- Start, used and warned of the period that runs, the same of the other one, and the end of what runs.
local function budget(key, length, offset)
  local start, ends, now = period_of(length, offset)
  local known = redis.call('GET', key)
  if not known then return start, 0, 0, 0, 0, 0, ends, now end
  local s1, u1, w1, s2, u2, w2 = struct.unpack('<dddddd', known)
  if s1 == start then return s1, u1, w1, s2, u2, w2, ends, now end
  if s2 == start then return s2, u2, w2, s1, u1, w1, ends, now end
  -- The later one is kept: a clock that has gone ahead and comes back finds it.
  if s2 > s1 then s1, u1, w1 = s2, u2, w2 end
  return start, 0, 0, s1, u1, w1, ends, now
end
`;

/**
 * Makes all charges, or none. KEYS: one for each charge. ARGV: the message, then for each charge six: its kind and
 * `rate`: cost, drain, capacity, grains, level that is warned of; `concurrency`: places, milliseconds, places that are warned of, how
 * long to wait; `budget`: amount, limit, length and offset of its periods in milliseconds, use that is warned of.
 * Answers for each charge what is used, what it would have to wait for (milliseconds; of a rate the excess in its units; -1
 * for ever), whether it reached the threshold, and the beginning of its period.
 */
export const takeScript = scriptOf(`${shared}${periods}
local message = ARGV[1]
local answers, states, fits = {}, {}, true
for place = 1, #KEYS do
  local key, arg = KEYS[place], place * 6 - 4
  local kind, a, b, c, d = ARGV[arg], tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2]), ARGV[arg + 3], ARGV[arg + 4]
  local used, wait, period = 0, 0, 0
  if kind == 'rate' then
    local grains = tonumber(d)
    local level, now, is_back = bucket(key, a, b, grains)
    used, wait = level, max(0, level + a - tonumber(c))
    states[place] = now
    -- It drains from now on, also where nothing is let in.
    if is_back and level > 0 then fill(key, level, now, a, b, grains) end
  elseif kind == 'concurrency' then
    local now = floor(micros / 1000)
    used = redis.call('ZCOUNT', key, '(' .. string.format('%.0f', now), '+inf')
    local held = redis.call('ZSCORE', key, message)
    if used >= a and not (held and tonumber(held) > now) then wait = tonumber(d) end
    states[place] = now
  else
    local s1, u1, w1, s2, u2, w2, ends, now = budget(key, tonumber(c), tonumber(d))
    used, period = u1, s1
    states[place] = { w1, s2, u2, w2, ends - now }
    if not (u1 + a <= b) then wait = a <= b and max(1, ends - now) or -1 end
  end
  if wait ~= 0 then fits = false end
  local answer = place * 4 - 3
  answers[answer], answers[answer + 1], answers[answer + 2], answers[answer + 3] = used, wait, 0, period
end
if not fits then return answers end
for place = 1, #KEYS do
  local key, arg, answer = KEYS[place], place * 6 - 4, place * 4 - 3
  local kind, a, b = ARGV[arg], tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
  local before, warn = answers[answer], tonumber(ARGV[arg + 5])
  local after
  if kind == 'rate' then
    local grains = tonumber(ARGV[arg + 4])
    after = before + a
    fill(key, after, states[place], a, b, grains)
    if before < warn and after >= warn then answers[answer + 2] = 1 end
  elseif kind == 'concurrency' then
    local now = states[place]
    redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now))
    redis.call('ZADD', key, string.format('%.0f', now + b), message)
    redis.call('PEXPIRE', key, ARGV[arg + 2])
    after = redis.call('ZCARD', key)
    if before < warn and after >= warn then answers[answer + 2] = 1 end
  else
    local w1, s2, u2, w2, left = unpack(states[place])
    after = before + a
    if w1 == 0 and after >= warn then
      w1 = 1
      answers[answer + 2] = 1
    end
    local state = struct.pack('<dddddd', answers[answer + 3], after, w1, s2, u2, w2)
    redis.call('SET', key, state, 'PX', string.format('%.0f', left + 86400000))
  end
  answers[answer] = after
end
return answers
`);

/**
 * Gives back. KEYS: one for each charge. ARGV: the message, then for each charge its kind, its amount and its period.
 */
export const giveBackScript = scriptOf(`
for place = 1, #KEYS do
  local key, arg = KEYS[place], place * 3 - 1
  if ARGV[arg] == 'concurrency' then
    redis.call('ZREM', key, ARGV[1])
  else
    local known = redis.call('GET', key)
    if known then
      local amount, period = tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
      local s1, u1, w1, s2, u2, w2 = struct.unpack('<dddddd', known)
      if s1 == period then u1 = math.max(0, u1 - amount) end
      if s2 == period then u2 = math.max(0, u2 - amount) end
      redis.call('SET', key, struct.pack('<dddddd', s1, u1, w1, s2, u2, w2), 'KEEPTTL')
    end
  end
end
return 1
`);

/** KEYS: sets of places. ARGV: the message, milliseconds that a place is kept. */
export const resumeScript = scriptOf(`
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, string.format('%.0f', ends), ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
return 1
`);

/**
 * What stands. KEYS: one for each counter. ARGV: for each its kind and `rate`: cost, drain, grains; `budget`: length and offset of its periods.
 * Answers for each what is used, and milliseconds until nothing is (-1 where nobody knows).
 */
export const readScript = scriptOf(`${shared}${periods}
local answers = {}
for place, key in ipairs(KEYS) do
  local arg = place * 4 - 3
  local kind, used, resets = ARGV[arg], 0, -1
  if kind == 'rate' then
    local drain, grains = tonumber(ARGV[arg + 2]), tonumber(ARGV[arg + 3])
    used = bucket(key, tonumber(ARGV[arg + 1]), drain, grains)
    resets = ceil(used / drain / grains)
  elseif kind == 'concurrency' then
    used = redis.call('ZCOUNT', key, '(' .. string.format('%.0f', floor(micros / 1000)), '+inf')
  else
    local _, u1, _, _, _, _, ends, now = budget(key, tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2]))
    used, resets = u1, ends - now
  end
  answers[#answers + 1] = used
  answers[#answers + 1] = resets
end
return answers
`);
