-- Ends a stream.
-- Keys: meta, data. Arguments: generation, state, retention in ms.
local known = redis.call('HMGET', KEYS[1], 'generation', 'state')
if known[1] ~= ARGV[1] or known[2] ~= 'RUNNING' then
	return { '0' }
end
redis.call('HSET', KEYS[1], 'state', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return { '1' }
