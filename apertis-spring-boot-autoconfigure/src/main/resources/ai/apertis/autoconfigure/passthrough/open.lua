-- Begins a stream, unless another owner's runs that nobody has stopped. Tells when the lease is over, and of a
-- stream in its place whose owner has gone: its model, prompt tokens and last event.
-- Keys: meta, data. Arguments: generation, owner, model, prompt tokens, whether to replace, lease and retention in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'state', 'lease', 'stop', 'model', 'prompt', 'last')
if known[1] == 'RUNNING' and tonumber(known[2]) > now and not known[3] and ARGV[5] ~= '1' then
	return { '0' }
end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'state', 'RUNNING', 'owner', ARGV[2], 'model', ARGV[3],
	'prompt', ARGV[4], 'last', '0', 'lease', now + ARGV[6], 'begin', now)
redis.call('PEXPIRE', KEYS[1], 2 * ARGV[6] + ARGV[7])
local result = { '1', tostring(now + ARGV[6]) }
if known[1] == 'RUNNING' and tonumber(known[2]) <= now then
	result[3], result[4], result[5] = known[4], known[5], known[6]
end
return result
