package io.agentsocket.session.redis;

/**
 * The scripts of {@link RedisSessionStore}. Each one touches the keys of one session
 * only, all of them given as KEYS: 1 the state, 2 the out-log, 3 the records, 4 the
 * inbox.
 *
 * <p>
 * Fields of the state: {@code e} epoch, {@code o} owner, {@code t} and {@code p} hashes
 * of the present and the previous token, {@code h} the attempt that was granted with the
 * latter, {@code f} the latest owners before the present one, each with the number of its
 * latest commit, {@code u} principal, {@code n} and {@code v} name and version of the
 * agent, {@code k} codec, {@code b} time of creation in milliseconds, {@code l} id of the
 * log, {@code c} number of the latest commit, {@code r}, {@code s} and {@code a} the
 * numbers received, sent and acknowledged, {@code i} messages taken out of the inbox. A
 * missing field counts as 0.
 */
final class SessionScripts {

	/** All keys of a session live equally long. */
	private static final String EXPIRE = """
			local function expire(ttl)
				for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ttl) end
			end
			""";

	/** ARGV: ttl, then fields and values of the state. */
	static final Script OPEN = Script.of("""
			redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
			for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
			redis.call('PEXPIRE', KEYS[1], ARGV[1])
			return 1
			""");

	/**
	 * ARGV: ttl, presented, next, owner, candidate, 1 and the principal or 0 and nothing,
	 * attempt. Reply: nothing, or epoch, previous owners, agent, version, codec, created,
	 * log, whether the owner is another one, and then all that was committed. A claim
	 * whose next token is the present one was granted already and its reply has got lost:
	 * it is answered as it was then. Model: calls.pml, step claim; frames.pml, step
	 * claim; handshake.pml, step claim.
	 */
	static final Script CLAIM = Script.of(
			EXPIRE + """
					local s = redis.call('HMGET', KEYS[1], 'o', 't', 'p', 'u', 'n', 'v', 'k', 'b', 'l', 'c', 'r', 's', 'a', 'i', 'h', 'e', 'f')
					if not s[1] then return {} end
					local again = ARGV[3] == s[2] and ARGV[2] == s[3] and (s[1] == ARGV[4] or s[1] == ARGV[5])
					if not again and ARGV[2] ~= s[2] then
						if ARGV[2] ~= s[3] then return {} end
						if ARGV[8] ~= '0' and tonumber(ARGV[8]) <= tonumber(s[15] or '0') then return {} end
					end
					local principal = false
					if ARGV[6] == '1' then principal = ARGV[7] end
					if principal ~= s[4] then return {} end
					local epoch = tonumber(s[16])
					if not again then
						epoch = redis.call('HINCRBY', KEYS[1], 'e', 1)
						redis.call('HSET', KEYS[1], 'p', ARGV[2], 't', ARGV[3], 'h', ARGV[8])
					end
					local former = s[17] or ''
					if s[1] ~= ARGV[4] and s[1] ~= ARGV[5] then
						former = s[1] .. ' ' .. (s[10] or '0') .. '\\n' .. former
						former = string.match(former, '^(' .. string.rep('[^\\n]*\\n', 8) .. ')') or former
						redis.call('HSET', KEYS[1], 'o', ARGV[5], 'f', former)
					end
					local reply = {epoch, former, s[5] or '', s[6] or '', s[7] or '', s[8] or '0', s[9] or ''}
					if s[1] == ARGV[4] then
						reply[8] = 0
					else
						reply[8] = 1
						for i = 10, 14 do reply[i - 1] = s[i] or '0' end
						reply[14] = redis.call('XRANGE', KEYS[2], '-', '+')
						reply[15] = redis.call('HGETALL', KEYS[3])
					end
					expire(ARGV[1])
					return reply
					""");

	/**
	 * KEYS: the state only. ARGV: epoch. Model: handshake.pml, step confirm.
	 */
	static final Script INVALIDATE_PREVIOUS_TOKEN = Script.of("""
			if redis.call('HGET', KEYS[1], 'e') == ARGV[1] then redis.call('HDEL', KEYS[1], 'p', 'h') end
			return 1
			""");

	/**
	 * ARGV: owner, number, received, sent, acknowledged, taken, log or nothing, number of
	 * entries, (last, first, frames) of each, number of records, (key, value) of each,
	 * keys to remove. Reply: 0, or the epoch + 1 when fenced, or minus the epoch when the
	 * step before is missing. A step that was applied before another owner came is not
	 * fenced when it is repeated. Redis refuses only the first write of a script for want
	 * of memory, so it is all or nothing. The out-log is there exactly when the numbers
	 * sent and acknowledged differ, so that Redis need not be asked. Fields go to one
	 * command as far as the stack of Lua has room, which is some 8,000 values. Model:
	 * calls.pml, step commit; calls.pml, step repeat; frames.pml, step commit;
	 * frames.pml, step repeat; handshake.pml, step commit.
	 */
	static final Script COMMIT = Script.of("""
			local s = redis.call('HMGET', KEYS[1], 'o', 'e', 'c', 'i', 'f', 's', 'a')
			if not s[1] then return 1 end
			if s[1] ~= ARGV[1] then
				for owner, last in string.gmatch(s[5] or '', '([^%s]+) (%d+)') do
					if owner == ARGV[1] and tonumber(ARGV[2]) <= tonumber(last) then return 0 end
				end
				return s[2] + 1
			end
			local number, before = tonumber(ARGV[2]), tonumber(s[3] or '0')
			if number <= before then return 0 end
			if number ~= before + 1 then return -tonumber(s[2]) end
			local at = 9 + 3 * ARGV[8]
			local sent, acknowledged = s[6] or '0', s[7] or '0'
			if ARGV[7] ~= '' then
				redis.call('DEL', KEYS[2])
				sent, acknowledged = '0', '0'
			end
			if ARGV[4] == ARGV[5] then
				if sent ~= acknowledged then redis.call('DEL', KEYS[2]) end
			else
				for i = 9, at - 1, 3 do
					redis.call('XADD', KEYS[2], ARGV[i] .. '-0', 'n', ARGV[i + 1], 'f', ARGV[i + 2])
				end
				if sent == acknowledged then
					redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1]))
				elseif acknowledged ~= ARGV[5] then
					redis.call('XTRIM', KEYS[2], 'MINID', string.format('%.0f', ARGV[5] + 1))
				end
			end
			if ARGV[7] == '' then
				redis.call('HSET', KEYS[1], 'c', ARGV[2], 'r', ARGV[3], 's', ARGV[4], 'a', ARGV[5])
			else
				redis.call('HSET', KEYS[1], 'c', ARGV[2], 'r', ARGV[3], 's', ARGV[4], 'a', ARGV[5], 'l', ARGV[7])
			end
			local records = tonumber(ARGV[at])
			local last = at + 2 * records
			for i = last + 1, #ARGV, 1000 do
				redis.call('HDEL', KEYS[3], unpack(ARGV, i, math.min(i + 999, #ARGV)))
			end
			if records > 0 then
				local fresh = redis.call('EXISTS', KEYS[3]) == 0
				for i = at + 1, last, 1000 do
					redis.call('HSET', KEYS[3], unpack(ARGV, i, math.min(i + 999, last)))
				end
				if fresh then redis.call('PEXPIRE', KEYS[3], redis.call('PTTL', KEYS[1])) end
			end
			local taken = ARGV[6] - (s[4] or '0')
			if taken > 0 then
				redis.call('LTRIM', KEYS[4], taken, -1)
				redis.call('HSET', KEYS[1], 'i', ARGV[6])
			end
			return 0
			""");

	/**
	 * ARGV: owner, ttl. Reply: the epoch + 1 when fenced, or 0, and the principal when
	 * there is one. Model: handshake.pml, step detached.
	 */
	static final Script KEEP = Script.of(EXPIRE + """
			local s = redis.call('HMGET', KEYS[1], 'o', 'e', 'u')
			if not s[1] then return {1} end
			if s[1] ~= ARGV[1] then return {s[2] + 1} end
			expire(ARGV[2])
			return s[3] and {0, s[3]} or {0}
			""");

	/**
	 * KEYS: the state only. Reply: nothing, or epoch, agent, version, codec, created,
	 * log, and the principal when there is one.
	 */
	static final Script FIND = Script.of("""
			local s = redis.call('HMGET', KEYS[1], 'e', 'n', 'v', 'k', 'b', 'l', 'u')
			if not s[1] then return {} end
			local reply = {}
			for i = 1, 6 do reply[i] = s[i] or '' end
			if s[7] then reply[7] = s[7] end
			return reply
			""");

	/** KEYS: the state only. Reply: the owner, or nothing. */
	static final Script OWNER = Script.of("""
			local owner = redis.call('HGET', KEYS[1], 'o')
			return owner and {owner} or {}
			""");

	/** ARGV: key of a record. Reply: the record, or nothing. */
	static final Script RECORD = Script.of("""
			local record = redis.call('HGET', KEYS[3], ARGV[1])
			return record and {record} or {}
			""");

	/**
	 * ARGV: owner or nothing, epoch or 0: what must be the present one. Reply: the epoch
	 * + 1 when it is another one, or 0, and the principal when there was one. Model:
	 * handshake.pml, step end.
	 */
	static final Script END = Script.of("""
			local s = redis.call('HMGET', KEYS[1], 'o', 'e', 'u')
			if s[1] and ARGV[1] ~= '' and (s[1] ~= ARGV[1] or (ARGV[2] ~= '0' and s[2] ~= ARGV[2])) then
				return {s[2] + 1}
			end
			redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
			return s[3] and {0, s[3]} or {0}
			""");

	/**
	 * ARGV: message, bound. Reply: nothing when there is no such session, 0 when the
	 * inbox is full, or the owner. Model: calls.pml, step inbox.
	 */
	static final Script PUSH = Script.of("""
			local owner = redis.call('HGET', KEYS[1], 'o')
			if not owner then return {} end
			if redis.call('LLEN', KEYS[4]) >= tonumber(ARGV[2]) then return {0} end
			if redis.call('RPUSH', KEYS[4], ARGV[1]) == 1 then
				redis.call('PEXPIRE', KEYS[4], redis.call('PTTL', KEYS[1]))
			end
			return {owner}
			""");

	/**
	 * ARGV: owner, number of messages read. Reply: the epoch + 1 when fenced, or 0, the
	 * number of messages before, and the messages. Model: calls.pml, step pull.
	 */
	static final Script PULL = Script.of("""
			local s = redis.call('HMGET', KEYS[1], 'o', 'e', 'i')
			if not s[1] then return {1} end
			if s[1] ~= ARGV[1] then return {s[2] + 1} end
			local taken = tonumber(s[3] or '0')
			local skipped = math.max(0, ARGV[2] - taken)
			return {0, string.format('%.0f', taken + skipped), redis.call('LRANGE', KEYS[4], skipped, -1)}
			""");

	private SessionScripts() {
	}

}
