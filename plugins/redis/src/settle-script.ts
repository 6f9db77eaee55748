import { counting } from './counting.ts';
import { type Script, script } from './script.ts';

/** How long a settled reservation is remembered, so that it neither settles nor counts a second time. */
const rememberedMs = 60_000;

/**
 * What was really spent in place of what was reserved; once, and not after the lease.
 *
 * Keys: the reservation. Arguments: 1 where it is not known whether it was ever made, then what was spent of each claim.
 * Gives the server's time. A reservation that is settled before it arrives is refused when it does: nobody waits for it any more.
 */
export const settleScript: Script = script(`${counting}
local packed = redis.call('GET', KEYS[1])
if not packed then
  if ARGV[1] == '1' then
    redis.call('SET', KEYS[1], cmsgpack.pack({ now + ${rememberedMs}, 1, { now, 0 }, {} }), 'PX', ${rememberedMs})
  end
  return now
end
local known = cmsgpack.unpack(packed)
if known[1] <= now or known[2] ~= 0 then return now end

local kept = known[4]
for index = 1, #kept, 4 do
  local key, window, amount, at = kept[index], kept[index + 1], kept[index + 2], kept[index + 3]
  local spent = ARGV[(index + 3) / 4 + 1] or amount
  if at > now then
    local counter = read(key, window, at)
    -- A counter that was lost meanwhile has lost what was reserved as well.
    if counter.known then giveBack(counter, number(amount)) end
    if window > 0 then spend(counter, number(spent)) end
    if counter.known or window > 0 then write(counter) end
  end
end

known[1] = math.min(known[1], now + ${rememberedMs})
known[2], known[4] = 1, {}
redis.call('SET', KEYS[1], cmsgpack.pack(known), 'PXAT', moment(known[1]))
return now
`);
