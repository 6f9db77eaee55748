import { type Script, script } from './script.ts';

/** A larger value is not told with the news of it: who watches reads it. */
export const maxToldBytes: number = 65_536;

/** Sets a value and tells who watches. Keys: the value. Arguments: value, time to live, 1 if absent, channel, what news begin with. Gives 1 or 0. */
export const setScript: Script = script(`
local done
if ARGV[3] == '1' then
  done = redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX')
else
  done = redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
if not done then return 0 end
if #ARGV[1] <= ${maxToldBytes} then
  redis.call('PUBLISH', ARGV[4], 's' .. ARGV[5] .. ARGV[1])
else
  redis.call('PUBLISH', ARGV[4], 'l' .. ARGV[5])
end
return 1
`);

/** Deletes values and tells who watches. Keys: the values. Arguments: for each, channel and what news begin with. Gives how many there were. */
export const deleteScript: Script = script(`
local count = 0
for index, key in ipairs(KEYS) do
  if redis.call('UNLINK', key) == 1 then
    count = count + 1
    redis.call('PUBLISH', ARGV[index * 2 - 1], 'd' .. ARGV[index * 2])
  end
end
return count
`);
