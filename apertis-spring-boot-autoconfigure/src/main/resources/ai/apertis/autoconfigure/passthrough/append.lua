-- Adds a batch, if there is one that is not there yet, and renews the lease. A stream of which something is missing,
-- as a replica that took over had not got it, is not its owner's any more.
-- Keys: meta, data. Arguments: generation, first and last event, bytes, lease and retention in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'generation', 'state', 'last', 'stop')
if known[1] ~= ARGV[1] or known[2] ~= 'RUNNING' or tonumber(ARGV[2]) > tonumber(known[3]) + 1 then
	return { 'FENCED' }
end
if tonumber(ARGV[3]) > tonumber(known[3]) then
	redis.call('XADD', KEYS[2], ARGV[3] .. '-0', 'first', ARGV[2], 'bytes', ARGV[4])
	redis.call('HSET', KEYS[1], 'last', ARGV[3])
end
redis.call('HSET', KEYS[1], 'lease', now + ARGV[5])
redis.call('PEXPIRE', KEYS[1], 2 * ARGV[5] + ARGV[6])
redis.call('PEXPIRE', KEYS[2], 2 * ARGV[5] + ARGV[6])
return { known[4] and 'STOP' or 'OWNED' }
