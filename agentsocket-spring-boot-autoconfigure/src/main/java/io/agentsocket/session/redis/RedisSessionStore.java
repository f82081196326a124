package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.Answers;
import io.agentsocket.session.Claim;
import io.agentsocket.session.Commit;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.Inbox;
import io.agentsocket.session.InboxFullException;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.StoredSession;
import io.agentsocket.session.StoredSession.LogEntry;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;

/**
 * Keeps the hot state of sessions in Redis, so that each pod can go on with each session.
 * Every step is one script that touches keys of one session only. They share a hash tag
 * and their time to live: <pre>
 * &lt;namespace&gt;:{&lt;session&gt;}:s   hash: owner, epoch, hashes of tokens, identity, numbers
 * &lt;namespace&gt;:{&lt;session&gt;}:o   stream: sent frames that are not acknowledged
 * &lt;namespace&gt;:{&lt;session&gt;}:c   hash: records of the owner
 * &lt;namespace&gt;:{&lt;session&gt;}:i   list: the inbox
 * </pre>Only the first one is always there. Times are kept in milliseconds. Sessions of
 * principals are also found through {@code <namespace>:principal:<name>}, a sorted set of
 * ids.
 *
 * <p>
 * Commits of a session may be subscribed to without waiting for those before; they are
 * applied in that order. When one fails with anything but {@link FencedException}, those
 * that were subscribed to after it may be fenced for want of it: repeat them in order,
 * beginning with the one that failed, before any other. Implements the server's part of
 * section 11 of {@code docs/protocol.md}.
 */
public final class RedisSessionStore implements SessionStore {

	private static final ByteBuffer MAX_INBOX = Values.of(1024);

	/** Ids come from peers; only texts that may be one reach Redis. */
	private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.~-]{1,128}");

	private static final ByteBuffer NOTHING = Values.of("");

	private final Scripts scripts;

	private final CommitOrder commits;

	private final PrincipalIndex principals;

	private final Answers answers;

	private final String prefix;

	/**
	 * Create a store.
	 * @param factory how to reach Redis
	 * @param namespace prefix of all keys, without braces
	 */
	public RedisSessionStore(ReactiveRedisConnectionFactory factory, String namespace) {
		this(factory, namespace, null);
	}

	/**
	 * Create a store whose commits leave from the event loops of their sessions.
	 * @param factory how to reach Redis
	 * @param namespace prefix of all keys, without braces
	 * @param loops connections of event loops for commits, or {@code null}
	 */
	public RedisSessionStore(ReactiveRedisConnectionFactory factory, String namespace,
			@Nullable LoopConnections loops) {
		this(factory, namespace, loops, new Answers());
	}

	RedisSessionStore(ReactiveRedisConnectionFactory factory, String namespace, @Nullable LoopConnections loops,
			Answers answers) {
		this.answers = answers;
		this.scripts = new Scripts(factory, loops);
		this.commits = new CommitOrder(this.scripts);
		this.principals = new PrincipalIndex(this.scripts, Namespaces.checked(namespace));
		this.prefix = Namespaces.checked(namespace) + ":{";
	}

	@Override
	public boolean isShared() {
		return true;
	}

	@Override
	public Mono<Void> open(SessionState state, String owner, String tokenHash, Duration ttl) {
		return Mono.defer(() -> {
			if (!ID.matcher(state.id()).matches()) {
				return Mono.error(new IllegalArgumentException("Not an id of a session: " + state.id()));
			}
			List<ByteBuffer> arguments = new ArrayList<>();
			arguments.add(millis(ttl));
			field(arguments, "e", Long.toString(state.epoch()));
			field(arguments, "o", owner);
			field(arguments, "t", tokenHash);
			if (state.principal() != null) {
				field(arguments, "u", state.principal());
			}
			if (!state.agent().equals(AgentInfo.UNKNOWN)) {
				field(arguments, "n", state.agent().name());
				field(arguments, "v", state.agent().version());
			}
			field(arguments, "k", state.codec());
			field(arguments, "b", Long.toString(state.createdAt().toEpochMilli()));
			field(arguments, "l", state.log());
			Mono<Void> opened = this.scripts.number(SessionScripts.OPEN, keys(state.id()), arguments).then();
			String principal = state.principal();
			return (principal != null) ? Mono.when(opened, this.principals.add(principal, state.id(), ttl)) : opened;
		});
	}

	private static void field(List<ByteBuffer> arguments, String name, String value) {
		arguments.add(Values.of(name));
		arguments.add(Values.of(value));
	}

	@Override
	public Mono<Claim> claim(String id, ClaimRequest request, String owner, String candidate, Duration ttl) {
		return Mono.defer(() -> {
			if (!ID.matcher(id).matches()) {
				return Mono.empty();
			}
			String principal = request.principal();
			return this.scripts
				.list(SessionScripts.CLAIM, keys(id),
						List.of(millis(ttl), Values.of(request.presentedHash()), Values.of(request.nextHash()),
								Values.of(owner), Values.of(candidate), Values.of((principal != null) ? 1 : 0),
								(principal != null) ? Values.of(principal) : NOTHING, Values.of(request.attempt())))
				.filter((reply) -> !reply.isEmpty())
				.map((reply) -> claim(id, principal, reply));
		});
	}

	private static Claim claim(String id, @Nullable String principal, List<Object> reply) {
		SessionState state = new SessionState(id, Values.text(reply.get(6)), Values.number(reply.get(0)), principal,
				agent(reply.get(2), reply.get(3)), Values.text(reply.get(4)), instant(reply.get(5)));
		boolean moved = Values.number(reply.get(7)) == 1;
		List<String> former = Values.text(reply.get(1))
			.lines()
			.map((line) -> line.substring(0, line.indexOf(' ')))
			.toList();
		return new Claim(state, former, moved ? stored(reply) : null);
	}

	private static StoredSession stored(List<Object> reply) {
		List<LogEntry> log = new ArrayList<>();
		for (Object entry : Values.list(reply.get(13))) {
			List<Object> idAndFields = Values.list(entry);
			List<Object> fields = Values.list(idAndFields.get(1));
			String last = Values.text(idAndFields.get(0));
			log.add(new LogEntry(Values.number(fields.get(1)), Long.parseLong(last.substring(0, last.indexOf('-'))),
					Values.bytes(fields.get(3))));
		}
		Map<String, Bytes> records = new HashMap<>();
		List<Object> pairs = Values.list(reply.get(14));
		for (int i = 0; i < pairs.size(); i += 2) {
			records.put(Values.text(pairs.get(i)), Values.bytes(pairs.get(i + 1)));
		}
		return new StoredSession(Values.number(reply.get(8)), Values.number(reply.get(9)), Values.number(reply.get(10)),
				Values.number(reply.get(11)), log, records, Values.number(reply.get(12)));
	}

	private static AgentInfo agent(Object name, Object version) {
		return new AgentInfo(Values.text(name), Values.text(version));
	}

	private static Instant instant(Object millis) {
		return Instant.ofEpochMilli(Values.number(millis));
	}

	@Override
	public Mono<Void> invalidatePreviousToken(String id, long epoch) {
		return Mono.defer(() -> ID.matcher(id).matches()
				? this.scripts.number(SessionScripts.INVALIDATE_PREVIOUS_TOKEN, keys(id), List.of(Values.of(epoch)))
					.then()
				: Mono.empty());
	}

	@Override
	public Mono<Void> commit(String id, String owner, Commit commit) {
		return Mono.defer(() -> ID.matcher(id).matches()
				? this.commits.submit(id, commit.number(), keys(id), arguments(owner, commit))
				: Mono.error(new FencedException(0)));
	}

	private static List<ByteBuffer> arguments(String owner, Commit commit) {
		List<LogEntry> appended = commit.appended();
		List<ByteBuffer> arguments = new ArrayList<>(
				9 + 3 * appended.size() + 2 * commit.records().size() + commit.removed().size());
		arguments.add(Values.of(owner));
		arguments.add(Values.of(commit.number()));
		arguments.add(Values.of(commit.received()));
		arguments.add(Values.of(commit.sent()));
		arguments.add(Values.of(commit.acknowledged()));
		arguments.add(Values.of(commit.taken()));
		arguments.add((commit.newLog() != null) ? Values.of(commit.newLog()) : NOTHING);
		int countAt = arguments.size();
		arguments.add(NOTHING);
		int count = 0;
		for (LogEntry entry : appended) {
			if (entry.last() > commit.acknowledged()) {
				arguments.add(Values.of(entry.last()));
				arguments.add(Values.of(entry.first()));
				arguments.add(Values.of(entry.frames()));
				count++;
			}
		}
		arguments.set(countAt, Values.of(count));
		arguments.add(Values.of(commit.records().size()));
		commit.records().forEach((key, value) -> {
			arguments.add(Values.of(key));
			arguments.add(Values.of(value));
		});
		commit.removed().forEach((key) -> arguments.add(Values.of(key)));
		return arguments;
	}

	@Override
	public Mono<Void> keep(String id, String owner, Duration ttl) {
		return Mono.defer(
				// Not again: a late copy would shorten the time of a later claim.
				() -> ID.matcher(id).matches() ? this.answers
					.once("the time of a session",
							() -> this.scripts.list(SessionScripts.KEEP, keys(id),
									List.of(Values.of(owner), millis(ttl))))
					.flatMap((reply) -> kept(id, ttl, reply)) : Mono.error(new FencedException(0)));
	}

	private Mono<Void> kept(String id, Duration ttl, List<Object> reply) {
		long epoch = Values.number(reply.get(0));
		if (epoch != 0) {
			return Mono.error(new FencedException(epoch - 1));
		}
		return (reply.size() > 1) ? this.answers.again("the sessions of a principal",
				() -> this.principals.add(Values.text(reply.get(1)), id, ttl)) : Mono.empty();
	}

	@Override
	public Mono<SessionState> find(String id) {
		return Mono
			.defer(() -> ID.matcher(id).matches()
					? again(SessionScripts.FIND, id, List.of()).filter((reply) -> !reply.isEmpty())
						.map((reply) -> new SessionState(id, Values.text(reply.get(5)), Values.number(reply.get(0)),
								(reply.size() > 6) ? Values.text(reply.get(6)) : null,
								agent(reply.get(1), reply.get(2)), Values.text(reply.get(3)), instant(reply.get(4))))
					: Mono.empty());
	}

	@Override
	public Mono<String> owner(String id) {
		return Mono.defer(() -> ID.matcher(id).matches()
				? again(SessionScripts.OWNER, id, List.of()).filter((reply) -> !reply.isEmpty())
					.map((reply) -> Values.text(reply.get(0)))
				: Mono.empty());
	}

	@Override
	public Mono<Bytes> record(String id, String key) {
		return Mono.defer(() -> ID.matcher(id).matches()
				? again(SessionScripts.RECORD, id, List.of(Values.of(key))).filter((reply) -> !reply.isEmpty())
					.map((reply) -> Values.bytes(reply.get(0)))
				: Mono.empty());
	}

	@Override
	public Flux<String> sessions(String principal) {
		return this.answers.again("the sessions of a principal", () -> this.principals.list(principal).collectList())
			.flatMapIterable((ids) -> ids);
	}

	@Override
	public Mono<Void> end(String id) {
		return end(id, "", 0);
	}

	@Override
	public Mono<Void> end(String id, String owner, long epoch) {
		return Mono.defer(() -> ID.matcher(id).matches()
				? again(SessionScripts.END, id, List.of(Values.of(owner), Values.of(epoch)))
					.flatMap((reply) -> ended(id, reply))
				: Mono.empty());
	}

	private Mono<Void> ended(String id, List<Object> reply) {
		long epoch = Values.number(reply.get(0));
		if (epoch != 0) {
			return Mono.error(new FencedException(epoch - 1));
		}
		return (reply.size() > 1) ? this.answers.again("the sessions of a principal",
				() -> this.principals.remove(Values.text(reply.get(1)), id)) : Mono.empty();
	}

	@Override
	public Mono<String> push(String id, Bytes message) {
		return Mono.defer(
				() -> ID.matcher(id)
					.matches()
							? this.answers
								.once("a message to the owner of a session",
										() -> this.scripts.list(SessionScripts.PUSH, keys(id),
												List.of(Values.of(message), MAX_INBOX)))
								.filter((reply) -> !reply.isEmpty())
								.flatMap((reply) -> (reply.get(0) instanceof Long)
										? Mono.error(new InboxFullException()) : Mono.just(Values.text(reply.get(0))))
							: Mono.empty());
	}

	@Override
	public Mono<Inbox> pull(String id, String owner, long read) {
		return Mono.defer(() -> ID.matcher(id).matches()
				? again(SessionScripts.PULL, id, List.of(Values.of(owner), Values.of(read)))
					.flatMap((reply) -> (Values.number(reply.get(0)) == 0)
							? Mono.just(new Inbox(Values.number(reply.get(1)),
									Values.list(reply.get(2)).stream().map(Values::bytes).toList()))
							: Mono.error(new FencedException(Values.number(reply.get(0)) - 1)))
				: Mono.error(new FencedException(0)));
	}

	/**
	 * A script may run any number of times: it reads, or changes nothing the next time.
	 */
	private Mono<List<Object>> again(Script script, String id, List<ByteBuffer> arguments) {
		return this.answers.again("a session", () -> this.scripts.list(script, keys(id), arguments));
	}

	private List<ByteBuffer> keys(String id) {
		String key = this.prefix + id + "}:";
		return List.of(Values.of(key + "s"), Values.of(key + "o"), Values.of(key + "c"), Values.of(key + "i"));
	}

	/** At least one millisecond: with less, Redis would delete at once. */
	private static ByteBuffer millis(Duration ttl) {
		return Values.of(Math.max(1, ttl.toMillis()));
	}

}
