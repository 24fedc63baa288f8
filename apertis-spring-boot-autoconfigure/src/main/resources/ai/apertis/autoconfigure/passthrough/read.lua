-- Reads a stream: its state, owner, last event, whether the lease is over, generation, and for each batch first, last and bytes.
-- Keys: meta, data. Arguments: the first event that is wanted, nothing for none; how many batches.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'state', 'owner', 'last', 'lease', 'generation')
if not known[1] then
	return {}
end
local gone = known[1] == 'RUNNING' and tonumber(known[4]) <= now
local result = { known[1], known[2], known[3], gone and '1' or '0', known[5] }
if ARGV[1] ~= '' then
	for _, entry in ipairs(redis.call('XRANGE', KEYS[2], ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])) do
		result[#result + 1] = entry[2][2]
		result[#result + 1] = string.match(entry[1], '^%d+')
		result[#result + 1] = entry[2][4]
	end
end
return result
