-- Keeps the place of an answer that is still under way, also if the store has lost it.
-- Keys: the user's answers. Arguments: permit, timeout in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { '1' }
