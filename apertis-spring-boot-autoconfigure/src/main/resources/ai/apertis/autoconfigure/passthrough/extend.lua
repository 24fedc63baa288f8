-- Counts what has been spent, and reserves more.
-- Keys: account and reservations of each budget. Arguments: reservation, more tokens, timeout in ms; of each budget its
-- limit, period in ms, what is spent in all, and what a token costs.
local id, more, timeout = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local extended, refused, states = more, nil, {}
for i = 1, #KEYS / 2 do
	local account, limit, told, cost = KEYS[2 * i - 1], tonumber(ARGV[4 * i]), tonumber(ARGV[4 * i + 2]),
		tonumber(ARGV[4 * i + 3])
	local state = look(account, KEYS[2 * i], timeout)
	local known = redis.call('HMGET', account, 'held:' .. id, 'told:' .. id)
	state.held = tonumber(known[1] or 0)
	state.before = state.spent
	state.told = math.max(told, tonumber(known[2] or 0))
	local spent = state.told - tonumber(known[2] or 0)
	local taken = math.min(spent, state.held)
	state.spent = state.spent + spent
	state.reserved = state.reserved - taken
	state.held = state.held - taken
	local tokens = room(state, limit, 0, cost, more)
	if more > 0 and tokens == 0 and not refused then
		refused = { text(i - 1), text(math.max(0, state.ends - now)), limit - state.spent >= cost and '1' or '0' }
	end
	extended = math.min(extended, tokens)
	states[i] = state
end
refused = refused or { '', '', '' }
local result = { text(extended), refused[1], refused[2], refused[3] }
for i, state in ipairs(states) do
	local amount = extended * ARGV[4 * i + 3]
	state.reserved = state.reserved + amount
	keep(KEYS[2 * i - 1], KEYS[2 * i], state, tonumber(ARGV[4 * i + 1]), timeout, id, state.held + amount, state.told)
	result[#result + 1] = text(state.before)
	result[#result + 1] = text(state.spent)
	result[#result + 1] = text(state.reserved)
	result[#result + 1] = text(state.ends - now)
end
return result
