-- Counts what a call has cost in the end, and gives the rest back. Can be repeated for as long as a reservation holds.
-- Keys: account and reservations of each budget. Arguments: reservation, timeout in ms; of each budget its period in ms,
-- and the cost.
local id, timeout = ARGV[1], tonumber(ARGV[2])
local result = { '', '', '', '' }
for i = 1, #KEYS / 2 do
	local account, amount = KEYS[2 * i - 1], tonumber(ARGV[2 * i + 2])
	local state = look(account, KEYS[2 * i], timeout)
	local known = redis.call('HMGET', account, 'held:' .. id, 'told:' .. id)
	result[#result + 1] = text(state.spent)
	state.spent = math.max(0, state.spent + amount - tonumber(known[2] or 0))
	state.reserved = state.reserved - tonumber(known[1] or 0)
	keep(account, KEYS[2 * i], state, tonumber(ARGV[2 * i + 1]), timeout, id, 0, amount)
	result[#result + 1] = text(state.spent)
	result[#result + 1] = text(state.reserved)
	result[#result + 1] = text(state.ends - now)
end
return result
