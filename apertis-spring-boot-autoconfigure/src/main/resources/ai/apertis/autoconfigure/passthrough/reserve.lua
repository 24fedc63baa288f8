-- Reserves what a call may cost: the prompt, and as many tokens as there are.
-- Keys: account and reservations of each budget. Arguments: reservation, tokens wanted, tokens at least, timeout in ms;
-- of each budget its limit, period in ms, prompt, and what a token costs.
local id, granted, least, timeout = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local states = {}
for i = 1, #KEYS / 2 do
	local limit, prompt, cost = tonumber(ARGV[4 * i + 1]), tonumber(ARGV[4 * i + 3]), tonumber(ARGV[4 * i + 4])
	local state = look(KEYS[2 * i - 1], KEYS[2 * i], timeout)
	local tokens = room(state, limit, prompt, cost, granted)
	if tokens < least then
		local reserved = limit - state.spent >= prompt + least * cost
		return { '0', text(i - 1), text(math.max(0, state.ends - now)), reserved and '1' or '0' }
	end
	granted = tokens
	states[i] = state
end
local result = { text(granted), '', '', '' }
for i, state in ipairs(states) do
	local amount = ARGV[4 * i + 3] + granted * ARGV[4 * i + 4]
	state.reserved = state.reserved + amount
	keep(KEYS[2 * i - 1], KEYS[2 * i], state, tonumber(ARGV[4 * i + 2]), timeout, id, amount, 0)
	result[#result + 1] = text(state.spent)
	result[#result + 1] = text(state.spent)
	result[#result + 1] = text(state.reserved)
	result[#result + 1] = text(state.ends - now)
end
return result
