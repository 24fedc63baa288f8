-- Tells of a stream that runs: its model, last event, and age in ms.
-- Keys: meta, data.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'state', 'model', 'last', 'begin')
if known[1] ~= 'RUNNING' then
	return {}
end
return { known[2], known[3], tostring(now - known[4]) }
