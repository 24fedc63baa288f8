-- Names the streams whose owners are to be looked for. Nobody else does until another lease is over.
-- Keys: leases. Arguments: lease in ms, how many.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do
	redis.call('ZADD', KEYS[1], now + ARGV[1], id)
end
return ids
