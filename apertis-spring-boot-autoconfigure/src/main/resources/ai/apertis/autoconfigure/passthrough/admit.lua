-- Admits a request, if its user may have another answer under way, and make another request.
-- Keys: the user's answers, the user's rate. Arguments: permit, how many answers or nothing, timeout in ms, how many
-- requests in a minute or nothing.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local streams = 0
if ARGV[2] ~= '' then
	redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
	streams = redis.call('ZCARD', KEYS[1])
	if streams >= tonumber(ARGV[2]) then
		return { 'STREAMS', tostring(streams), '' }
	end
end
local left = 0
if ARGV[4] ~= '' then
	local most = tonumber(ARGV[4])
	local known = redis.call('HMGET', KEYS[2], 'left', 'at')
	left = math.min(most, tonumber(known[1] or most) + (now - tonumber(known[2] or now)) * most / 60000)
	if left < 1 then
		return { 'REQUESTS', tostring(math.ceil((1 - left) * 60000 / most)), '' }
	end
	left = left - 1
	redis.call('HSET', KEYS[2], 'left', left, 'at', now)
	redis.call('PEXPIRE', KEYS[2], 60000)
end
if ARGV[2] ~= '' then
	redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
	redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return { 'OK', tostring(streams + 1), tostring(math.floor(left)) }
