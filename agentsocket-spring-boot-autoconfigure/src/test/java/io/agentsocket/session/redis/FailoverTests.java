package io.agentsocket.session.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.Claim;
import io.agentsocket.session.Commit;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.SessionStore.ClaimRequest;
import io.agentsocket.session.StoredSession.LogEntry;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A replica is promoted that lacks what the primary has acknowledged.
 */
@WithRedis
class FailoverTests {

	private static final Duration PATIENCE = Await.LONG;

	private static final Duration TTL = Duration.ofMinutes(1);

	@Test
	void thoseWhoWroteWhatIsLostAreFenced(LocalRedis redis) {
		Assumptions.assumeTrue(redis.owned(), "a given Redis gets no replica");
		LettuceConnectionFactory before = Connections.to(redis);
		try (LocalRedis replica = redis.startReplica()) {
			RedisSessionStore primary = new RedisSessionStore(before, "failover");
			get(primary.open(state("one"), "a/1", "t1", TTL));
			get(primary.open(state("two"), "a/2", "t1", TTL));
			get(primary.commit("one", "a/1", commit(1, 10)));
			get(primary.commit("two", "a/2", commit(1, 10)));
			awaitReplicated(redis, replica);
			replica.promote();
			// The replica hears no more of it.
			get(primary.commit("one", "a/1", commit(2, 17)));
			get(primary.claim("two", new ClaimRequest("t1", "t2", null, 0), "", "b/1", TTL));
			get(primary.commit("two", "b/1", commit(2, 17)));
			LettuceConnectionFactory after = Connections.to(replica);
			try {
				RedisSessionStore promoted = new RedisSessionStore(after, "failover");
				// The same owner, whose numbers went from 17 to 10.
				assertThatExceptionOfType(FencedException.class)
					.isThrownBy(() -> get(promoted.commit("one", "a/1", commit(3, 18))))
					.satisfies((fenced) -> assertThat(fenced.epoch()).isEqualTo(1));
				// The new owner, of whom nothing is known any more.
				assertThatExceptionOfType(FencedException.class)
					.isThrownBy(() -> get(promoted.commit("two", "b/1", commit(3, 18))))
					.satisfies((fenced) -> assertThat(fenced.epoch()).isEqualTo(1));
				// Another one sees the old numbers, and compares them with the agent's.
				Claim claim = get(promoted.claim("one", new ClaimRequest("t1", "t3", null, 0), "", "c/1", TTL));
				assertThat(claim.stored()).isNotNull();
				assertThat(claim.stored().received()).isEqualTo(10);
			}
			finally {
				after.destroy();
			}
		}
		finally {
			before.destroy();
		}
	}

	private static void awaitReplicated(LocalRedis primary, LocalRedis replica) {
		Await.until(() -> offset(primary, "master_repl_offset").equals(offset(replica, "slave_repl_offset")));
	}

	private static String offset(LocalRedis redis, String key) {
		return redis.command("INFO", "replication")
			.lines()
			.filter((line) -> line.startsWith(key + ":"))
			.findFirst()
			.orElse(":" + key)
			.split(":")[1].strip();
	}

	private static SessionState state(String id) {
		return new SessionState(id, "log", 1, null, AgentInfo.UNKNOWN, "cbor", Instant.now());
	}

	private static Commit commit(long number, long received) {
		return new Commit(number, received, number, 0, List.of(new LogEntry(number, number, Bytes.utf8("frame"))),
				Map.of(), Set.of(), 0, null);
	}

	private static <T> T get(Mono<T> mono) {
		return mono.block(PATIENCE);
	}

}
