-- Ends a stream whose lease is over. The first who asks is told of it.
-- Keys: meta, data. Arguments: retention in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'state', 'lease', 'model', 'prompt', 'last')
if known[1] ~= 'RUNNING' then
	return { 'ENDED' }
end
if tonumber(known[2]) > now then
	return { 'RUNNING' }
end
redis.call('HSET', KEYS[1], 'state', 'LOST')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return { 'LOST', known[3], known[4], known[5] }
