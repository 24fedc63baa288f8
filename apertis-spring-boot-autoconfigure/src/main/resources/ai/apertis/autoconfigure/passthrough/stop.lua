-- Asks the owner of a stream to end it.
-- Keys: meta, data.
if redis.call('HGET', KEYS[1], 'state') == 'RUNNING' then
	redis.call('HSET', KEYS[1], 'stop', '1')
end
return { '1' }
