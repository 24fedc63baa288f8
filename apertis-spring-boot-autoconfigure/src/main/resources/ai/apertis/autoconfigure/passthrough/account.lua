-- What scripts of budgets have in common. An account is a hash: spent, reserved, the end of the period, and of each
-- reservation what it holds and what it has told; a sorted set has when each reservation expires.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A number as a text, without an exponent.
local function text(number)
	return string.format('%.0f', number)
end

-- Looks at an account. A period that has ended is over, and what is reserved for whoever has gone is given back.
local function look(account, reservations, timeout)
	local known = redis.call('HMGET', account, 'spent', 'reserved', 'end')
	local spent, reserved, ends = tonumber(known[1] or 0), tonumber(known[2] or 0), tonumber(known[3] or 0)
	if ends <= now then
		spent, ends = 0, 0
	end
	for _, id in ipairs(redis.call('ZRANGEBYSCORE', reservations, '-inf', now, 'LIMIT', 0, 100)) do
		local held = tonumber(redis.call('HGET', account, 'held:' .. id) or 0)
		if held > 0 then
			reserved = reserved - held
			redis.call('HSET', account, 'held:' .. id, 0, 'reserved', reserved)
			redis.call('ZADD', reservations, now + 10 * timeout, id)
		else
			redis.call('HDEL', account, 'held:' .. id, 'told:' .. id)
			redis.call('ZREM', reservations, id)
		end
	end
	return { spent = spent, reserved = reserved, ends = ends }
end

-- Keeps an account, with what a reservation holds and has told.
local function keep(account, reservations, state, period, timeout, id, held, told)
	if state.ends == 0 then
		state.ends = now + period
	end
	redis.call('HSET', account, 'spent', state.spent, 'reserved', state.reserved, 'end', state.ends,
		'held:' .. id, held, 'told:' .. id, told)
	redis.call('ZADD', reservations, now + timeout, id)
	local expiry = state.ends - now + 20 * timeout
	redis.call('PEXPIRE', account, expiry)
	redis.call('PEXPIRE', reservations, expiry)
end

-- How many tokens can be reserved.
local function room(state, limit, prompt, cost, wanted)
	local left = limit - state.spent - state.reserved - prompt
	if cost == 0 then
		return left >= 0 and wanted or 0
	end
	return math.max(0, math.min(wanted, math.floor(left / cost)))
end

