/** Into how many slices a window is cut: what was spent leaves it a slice at a time, never early. */
const slices = 64;

/**
 * How the server counts, for the programs that do.
 *
 * A counter is one hash. A field named by a moment holds the sum of all that leaves the counter then: of one slice of a window, or
 * of the leases that end then. `t` is the sum of all of them, `o` no later than the first of these moments, `n` the last. So most
 * reservations touch one sum, and all sums are read only when one of them is due.
 *
 * An amount is decimal text, and two doubles while it is counted with, `high * 10^15 + low`: one double is exact only up to 2^53.
 */
export const counting: string = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function number(text)
  return tonumber(text:sub(1, -16)) or 0, tonumber(text:sub(-15))
end

local function text(high, low)
  if high == 0 then return string.format('%.0f', low) end
  return string.format('%.0f%015.0f', high, low)
end

local function moment(at)
  return string.format('%.0f', at)
end

local function plus(high, low, moreHigh, moreLow)
  high, low = high + moreHigh, low + moreLow
  if low >= 1e15 then return high + 1, low - 1e15 end
  return high, low
end

-- Never below nothing, whatever was lost of a counter.
local function minus(high, low, lessHigh, lessLow)
  high, low = high - lessHigh, low - lessLow
  if low < 0 then high, low = high - 1, low + 1e15 end
  if high < 0 then return 0, 0 end
  return high, low
end

-- When what is spent now leaves its window: with the end of its slice.
local function leaving(window)
  local slice = math.max(1, math.ceil(window / ${slices}))
  return (math.floor(now / slice) + 1) * slice + window
end

local function touch(counter, at)
  if not counter.oldest or at < counter.oldest then counter.oldest = at end
  if at > counter.newest then counter.newest = at end
end

-- Reads all sums anew. What has left goes. What leaves later than anything spent now was spent before the clock went back: it counts
-- as spent now, or it would count until the clock is there again.
local function sweep(counter, window)
  local latest = window > 0 and leaving(window) or math.huge
  local all = redis.call('HGETALL', counter.key)
  counter.high, counter.low, counter.oldest, counter.newest = 0, 0, nil, 0
  local sums = {}
  for index = 1, #all, 2 do
    local at = tonumber(all[index])
    if at then
      local high, low = number(all[index + 1])
      if at > now then
        local stays = math.min(at, latest)
        local sum = sums[stays] or { 0, 0 }
        sums[stays] = sum
        sum[1], sum[2] = plus(sum[1], sum[2], high, low)
        counter.high, counter.low = plus(counter.high, counter.low, high, low)
        touch(counter, stays)
        if stays ~= at then sum.moved = true end
      end
      if at <= now or at > latest then redis.call('HDEL', counter.key, all[index]) end
    end
  end
  for at, sum in pairs(sums) do
    if sum.moved then redis.call('HSET', counter.key, moment(at), text(sum[1], sum[2])) end
  end
  if not counter.oldest then
    redis.call('DEL', counter.key)
    return
  end
  redis.call('HSET', counter.key, 't', text(counter.high, counter.low), 'o', moment(counter.oldest), 'n', moment(counter.newest))
  redis.call('PEXPIREAT', counter.key, moment(counter.newest))
end

-- A counter with the sum that leaves at a moment; window is 0 where it counts what is held.
local function read(key, window, at)
  local counter = { key = key, window = window, at = at, high = 0, low = 0, newest = 0, sumHigh = 0, sumLow = 0 }
  local got = redis.call('HMGET', key, 't', 'o', 'n', moment(at))
  if not got[1] then return counter end
  counter.high, counter.low = number(got[1])
  counter.oldest, counter.newest = tonumber(got[2]), tonumber(got[3])
  if counter.oldest <= now or (window > 0 and counter.newest > leaving(window)) then
    sweep(counter, window)
    got[4] = redis.call('HGET', key, moment(at))
  end
  if got[4] then
    counter.known = true
    counter.sumHigh, counter.sumLow = number(got[4])
  end
  return counter
end

local function spend(counter, high, low)
  counter.high, counter.low = plus(counter.high, counter.low, high, low)
  counter.sumHigh, counter.sumLow = plus(counter.sumHigh, counter.sumLow, high, low)
end

local function giveBack(counter, high, low)
  counter.high, counter.low = minus(counter.high, counter.low, high, low)
  counter.sumHigh, counter.sumLow = minus(counter.sumHigh, counter.sumLow, high, low)
end

-- A counter of what is held goes when nothing is; one of a window dies with its last slice.
local function write(counter)
  if counter.window == 0 and counter.high == 0 and counter.low == 0 then
    redis.call('DEL', counter.key)
    return
  end
  local field = moment(counter.at)
  local newest = counter.newest
  touch(counter, counter.at)
  redis.call('HSET', counter.key, 't', text(counter.high, counter.low), 'o', moment(counter.oldest), 'n', moment(counter.newest),
    field, text(counter.sumHigh, counter.sumLow))
  if counter.window == 0 and counter.sumHigh == 0 and counter.sumLow == 0 then redis.call('HDEL', counter.key, field) end
  if counter.newest > newest then redis.call('PEXPIREAT', counter.key, moment(counter.newest)) end
end
`;
