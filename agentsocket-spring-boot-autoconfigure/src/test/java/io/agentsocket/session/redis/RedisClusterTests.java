package io.agentsocket.session.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import com.example.redis.LocalRedisCluster;
import com.example.redis.WithRedisCluster;
import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.Commit;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodLinkContract;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionAttributesContract;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SessionStoreContract;
import io.agentsocket.session.StoredSession.LogEntry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The contracts on a Redis Cluster of three nodes, where a script that touches two slots
 * fails.
 */
@WithRedisCluster
class RedisClusterTests {

	private static final Duration PATIENCE = Await.LONG;

	private static LettuceConnectionFactory factory;

	private static LocalRedisCluster nodes;

	@BeforeAll
	static void connect(LocalRedisCluster cluster) {
		nodes = cluster;
		factory = Connections.to(cluster);
	}

	@AfterAll
	static void disconnect() {
		factory.destroy();
	}

	@Test
	void sessionsAreSpreadOverAllNodesAndAllOfThemWork() {
		RedisSessionStore store = new RedisSessionStore(factory, "spread");
		Flux.range(0, 60).flatMap((i) -> {
			String id = UUID.randomUUID().toString();
			SessionState state = new SessionState(id, "l", 1, null, AgentInfo.UNKNOWN, "cbor", Instant.now());
			Commit step = new Commit(1, 1, 1, 0, List.of(new LogEntry(1, 1, Bytes.utf8("frame"))),
					Map.of("k", Bytes.utf8("v")), Set.of(), 0, null);
			return store.open(state, "a/1", "t1", Duration.ofMinutes(1))
				.then(store.commit(id, "a/1", step))
				.then(store.push(id, Bytes.utf8("m")))
				.then(store.pull(id, "a/1", 0));
		}).blockLast(PATIENCE);
		assertThat(nodes.command("DBSIZE")).hasSize(3).allSatisfy((size) -> assertThat(size).isNotEqualTo("0"));
	}

	@Nested
	class Store extends SessionStoreContract {

		private final RedisSessionStore store = new RedisSessionStore(factory, "cluster");

		@Override
		protected SessionStore store() {
			return this.store;
		}

		@Override
		protected void pass(Duration duration) {
			Await.pass(duration, "Redis has a clock of its own");
		}

	}

	@Nested
	class Link extends PodLinkContract {

		@Override
		protected PodLink link(String pod, Duration timeout) {
			return new RedisPodLink(factory, "cluster" + this.suffix, pod, timeout);
		}

	}

	@Nested
	class Attributes extends SessionAttributesContract {

		private final SessionAttributes attributes = RedisSessionAttributes.create(factory, "cluster",
				new JsonMapper());

		private final SessionAttributes elsewhere = RedisSessionAttributes.create(factory, "cluster", new JsonMapper());

		@Override
		protected SessionAttributes attributes() {
			return this.attributes;
		}

		@Override
		protected SessionAttributes elsewhere() {
			return this.elsewhere;
		}

	}

}
