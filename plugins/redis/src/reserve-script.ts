import { counting } from './counting.ts';
import { type Script, script } from './script.ts';

/**
 * All claims or none.
 *
 * Keys: the reservation, then a counter for each claim. Arguments: the lease in milliseconds, then for each claim its window (0: what
 * is held), its amount, and the most that may be spent before it, or `-` where it never fits.
 * Gives the server's time, 1 or 0, and for each claim what is spent and when it resets.
 *
 * The reservation is kept for its lease: until when, 0 while it is not settled, what was answered, and for each claim its counter,
 * window, amount and the moment at which it leaves.
 */
export const reserveScript: Script = script(`${counting}
local packed = redis.call('GET', KEYS[1])
if packed then
  local known = cmsgpack.unpack(packed)
  if known[1] > now then
    known[3][1] = now
    return known[3]
  end
end

-- When it would fit, or the window is empty.
local function fitsAt(claim, counter)
  if claim.window == 0 or not counter.oldest or claim.fits then return now end
  local moments, sums = {}, {}
  local all = redis.call('HGETALL', counter.key)
  for index = 1, #all, 2 do
    local at = tonumber(all[index])
    if at then
      moments[#moments + 1] = at
      sums[at] = all[index + 1]
    end
  end
  table.sort(moments)
  local high, low = counter.high, counter.low
  for _, at in ipairs(moments) do
    high, low = minus(high, low, number(sums[at]))
    if claim.roomHigh and (high < claim.roomHigh or (high == claim.roomHigh and low <= claim.roomLow)) then return at end
    if high == 0 and low == 0 then return at end
  end
  return now
end

local lease = tonumber(ARGV[1])
local counters, claims = {}, {}
local granted = true
for index = 2, #KEYS do
  local key, base = KEYS[index], index * 3 - 4
  local claim = { key = key, window = tonumber(ARGV[base]), amount = ARGV[base + 1], fits = false }
  claim.at = claim.window > 0 and leaving(claim.window) or now + lease
  if not counters[key] then counters[key] = read(key, claim.window, claim.at) end
  local counter = counters[key]
  if ARGV[base + 2] ~= '-' then
    claim.roomHigh, claim.roomLow = number(ARGV[base + 2])
    claim.fits = counter.high < claim.roomHigh or (counter.high == claim.roomHigh and counter.low <= claim.roomLow)
  end
  granted = granted and claim.fits
  claims[index - 1] = claim
end

local kept = {}
if granted then
  for _, claim in ipairs(claims) do
    spend(counters[claim.key], number(claim.amount))
    kept[#kept + 1] = claim.key
    kept[#kept + 1] = claim.window
    kept[#kept + 1] = claim.amount
    kept[#kept + 1] = claim.at
  end
  for _, counter in pairs(counters) do write(counter) end
end

local answer = { now, granted and 1 or 0 }
for _, claim in ipairs(claims) do
  local counter = counters[claim.key]
  answer[#answer + 1] = text(counter.high, counter.low)
  answer[#answer + 1] = granted and (claim.window > 0 and claim.at or now) or fitsAt(claim, counter)
end
if granted then
  redis.call('SET', KEYS[1], cmsgpack.pack({ now + lease, 0, answer, kept }), 'PXAT', moment(now + lease))
end
return answer
`);
