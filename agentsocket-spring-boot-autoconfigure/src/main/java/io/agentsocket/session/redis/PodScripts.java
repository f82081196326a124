package io.agentsocket.session.redis;

/**
 * The scripts of {@link RedisPodLink}.
 */
final class PodScripts {

	/** Say that a pod is alive. */
	static final int BEAT = 1;

	/** Look which pods are alive. */
	static final int LOOK = 0;

	/** Say that a pod is gone. */
	static final int LEAVE = -1;

	/**
	 * KEYS: the pods, a sorted set of names scored by the time of their latest sign of
	 * life, by the clock of Redis. A name after {@code -} is dead since that time; after
	 * {@code +} stands since when silence counts: when Redis has heard of nobody for a
	 * while, it was out of reach, and silence says nothing.
	 *
	 * <p>
	 * A name after {@code *} had its sign ({@link PodSign}) when it last gave a sign of
	 * life, as seen by the node of Redis that has this key. In a cluster the subscription
	 * may be at another node, and there is no such name. The name after {@code @} is the
	 * process of Redis that has seen these signs: another one, after a restart or a
	 * failover, has seen none. Without the right to {@code INFO} there is no such name.
	 *
	 * <p>
	 * ARGV: what to do, pod, pod timeout and time for which the dead are remembered, both
	 * in milliseconds, prefix of the channels of pods; then names, each after what to do
	 * with it: {@code !} it is dead unless it is alive, {@code ?} tell whether its sign
	 * is gone, {@code #} it is dead if its sign is gone. Reply: the names of the living,
	 * those of the dead after a dash, those without their sign after a question mark, and
	 * the process of Redis after {@code @}.
	 */
	static final Script PODS = Script.of("""
			local key, mode, pod = KEYS[1], tonumber(ARGV[1]), ARGV[2]
			local timeout, memory = tonumber(ARGV[3]), tonumber(ARGV[4])
			local t = redis.call('TIME')
			local now = t[1] * 1000 + math.floor(t[2] / 1000)
			local function mark(name) redis.call('ZADD', key, string.format('%.0f', now), name) end
			local all = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
			local living, dead, signed, newest, since = {}, {}, {}, 0, 0
			local info = redis.pcall('INFO', 'server')
			local server = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
			local same = not server or redis.call('ZSCORE', key, '@' .. server)
			for i = 1, #all, 2 do
				local name, score, kind = all[i], tonumber(all[i + 1]), string.sub(all[i], 1, 1)
				if score > now then
					mark(name)
					score = now
				end
				if kind == '-' then
					if score + memory < now then
						redis.call('ZREM', key, name)
					else
						dead[string.sub(name, 2)] = true
					end
				elseif kind == '+' then
					since = score
				elseif (kind == '@' or kind == '*') and not same then
					redis.call('ZREM', key, name)
				elseif kind == '*' then
					signed[string.sub(name, 2)] = true
				elseif kind ~= '@' then
					living[name] = score
					newest = math.max(newest, score)
				end
			end
			if not same then mark('@' .. server) end
			if newest > 0 and now - newest > timeout / 2 then
				since = now
				mark('+')
			end
			local function sign(name)
				local count = redis.pcall('PUBSUB', 'NUMSUB', ARGV[5] .. name)
				if count.err then return nil end
				return tonumber(count[2]) > 0
			end
			local reply, asked = {}, {}
			for i = 6, #ARGV do asked[string.sub(ARGV[i], 2)] = string.sub(ARGV[i], 1, 1) end
			for name in pairs(signed) do
				if not living[name] then redis.call('ZREM', key, '*' .. name) end
			end
			for name, score in pairs(living) do
				local gone = false
				if (asked[name] == '?' or asked[name] == '#') and signed[name] and sign(name) == false then
					gone = asked[name] == '#'
					if not gone then reply[#reply + 1] = '?' .. name end
				end
				if gone or (mode < 0 and name == pod) or math.max(score, since) + timeout < now then
					redis.call('ZREM', key, name)
					mark('-' .. name)
					dead[name] = true
				elseif name ~= pod then
					reply[#reply + 1] = name
				end
			end
			if mode > 0 and not dead[pod] then
				mark(pod)
				living[pod] = now
				reply[#reply + 1] = pod
				if sign(pod) then
					mark('*' .. pod)
				else
					redis.call('ZREM', key, '*' .. pod)
					reply[#reply + 1] = '?' .. pod
				end
			end
			for name, what in pairs(asked) do
				if what == '!' and not living[name] then
					mark('-' .. name)
					dead[name] = true
				end
			end
			for name in pairs(dead) do reply[#reply + 1] = '-' .. name end
			if server then reply[#reply + 1] = '@' .. server end
			redis.call('PEXPIRE', key, ARGV[4])
			return reply
			""");

	/**
	 * KEYS: the stream of a pod. ARGV: time to live in milliseconds, and the id up to
	 * which it was read. Reply: nothing, or the id after which there are messages that
	 * were not read. A message that was read is deleted, so that one which is left behind
	 * that id belongs to a stream that was made anew.
	 */
	static final Script KEEP_STREAM = Script.of("""
			local reply = {}
			if redis.call('EXISTS', KEYS[1]) == 0 then
				local id = redis.call('XADD', KEYS[1], '*', 'm', '')
				redis.call('XDEL', KEYS[1], id)
				reply[1] = id
			elseif #redis.call('XRANGE', KEYS[1], '-', ARGV[2], 'COUNT', 1) > 0 then
				reply[1] = '0-0'
			end
			redis.call('PEXPIRE', KEYS[1], ARGV[1])
			return reply
			""");

	/**
	 * KEYS: the stream of a pod. ARGV: about how many messages it holds, then the fields
	 * of a message. Reply: 1, or 0 when the stream was not there, which it still is not.
	 * A script, since Spring Data Redis before 4.1 cannot say {@code NOMKSTREAM} and
	 * {@code MAXLEN} at once.
	 */
	static final Script ADD = Script.of("""
			local id = redis.call('XADD', KEYS[1], 'NOMKSTREAM', 'MAXLEN', '~', ARGV[1], '*', unpack(ARGV, 2))
			return id and 1 or 0
			""");

	private PodScripts() {
	}

}
