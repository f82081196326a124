package io.agentsocket.session.redis;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.PodMessage;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionState;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

/**
 * Tests of {@link GuardedConnections}.
 */
@WithRedis
class GuardedConnectionsTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final Duration TTL = Duration.ofMinutes(1);

	private final ReactiveRedisConnectionFactory factory = mock(ReactiveRedisConnectionFactory.class);

	private final GuardedConnections guarded = new GuardedConnections(this.factory);

	@Test
	void factoryIsNotAskedAfterTheEnd() {
		ReactiveRedisConnection connection = mock(ReactiveRedisConnection.class);
		given(this.factory.getReactiveConnection()).willReturn(connection);
		assertThat(GuardedConnections.connection(this.guarded).block(TIMEOUT)).isSameAs(connection);
		this.guarded.close();
		assertThatIllegalStateException().isThrownBy(this.guarded::getReactiveConnection);
		assertThatIllegalStateException().isThrownBy(this.guarded::getReactiveClusterConnection);
		assertThatIllegalStateException().isThrownBy(() -> GuardedConnections.connection(this.guarded).block(TIMEOUT));
		verify(this.factory).getReactiveConnection();
		this.guarded.open();
		assertThat(this.guarded.getReactiveConnection()).isSameAs(connection);
	}

	@Test
	void endWaitsForThoseWhoAreAskingTheFactory() throws InterruptedException {
		CountDownLatch asking = new CountDownLatch(1);
		CountDownLatch answer = new CountDownLatch(1);
		CountDownLatch closed = new CountDownLatch(1);
		given(this.factory.getReactiveConnection()).willAnswer((call) -> {
			asking.countDown();
			answer.await();
			return mock(ReactiveRedisConnection.class);
		});
		new Thread(this.guarded::getReactiveConnection).start();
		Await.until(asking);
		Thread closing = new Thread(() -> {
			this.guarded.close();
			closed.countDown();
		});
		closing.start();
		Mono.fromSupplier(closing::getState)
			.filter(Thread.State.WAITING::equals)
			.repeatWhenEmpty((rounds) -> rounds.delayElements(Duration.ofMillis(5)))
			.block(TIMEOUT);
		assertThat(closed.getCount()).isOne();
		answer.countDown();
		Await.until(closed);
	}

	@Test
	void firstConnectionHoldsNoEventLoop() {
		Set<String> threads = ConcurrentHashMap.newKeySet();
		CountDownLatch answer = new CountDownLatch(1);
		given(this.factory.getReactiveConnection()).willAnswer((call) -> {
			threads.add(Thread.currentThread().getName());
			answer.await();
			return mock(ReactiveRedisConnection.class);
		});
		Scheduler eventLoop = Schedulers.newSingle("one-event-loop");
		Mono<ReactiveRedisConnection> first = GuardedConnections.connection(this.guarded)
			.subscribeOn(eventLoop)
			.cache();
		first.subscribe();
		// The event loop is free although the factory has no answer yet.
		Mono.fromRunnable(answer::countDown).subscribeOn(eventLoop).block(TIMEOUT);
		assertThat(first.block(TIMEOUT)).isNotNull();
		assertThat(threads).noneMatch((name) -> name.startsWith("one-event-loop"));
		threads.clear();
		// The connection is there: no other thread is needed.
		GuardedConnections.connection(this.guarded).subscribeOn(eventLoop).block(TIMEOUT);
		assertThat(threads).allMatch((name) -> name.startsWith("one-event-loop"));
		eventLoop.dispose();
	}

	@Test
	void factoryIsNeverAskedOnAThreadOfTheDriver(LocalRedis redis) {
		Set<String> threads = ConcurrentHashMap.newKeySet();
		LettuceConnectionFactory lettuce = Connections.to(redis);
		ReactiveRedisConnectionFactory noting = (ReactiveRedisConnectionFactory) Proxy.newProxyInstance(
				getClass().getClassLoader(), new Class<?>[] { ReactiveRedisConnectionFactory.class },
				(proxy, method, args) -> {
					threads.add(Thread.currentThread().getName());
					try {
						return method.invoke(lettuce, args);
					}
					catch (InvocationTargetException ex) {
						throw ex.getCause();
					}
				});
		RedisSessionStore store = new RedisSessionStore(noting, "guarded");
		SessionAttributes attributes = RedisSessionAttributes.create(noting, "guarded", JsonMapper.builder().build());
		RedisPodLink link = new RedisPodLink(noting, "guarded", "pod-1", Duration.ofSeconds(5));
		Disposable messages = link.messages().subscribe();
		SessionState state = new SessionState("guarded-1", "log", 1, "ann", AgentInfo.UNKNOWN, "cbor", Instant.now());
		store.open(state, "pod-1/a", "t1", TTL)
			.then(attributes.create(state, TTL))
			.then(store.keep(state.id(), "pod-1/a", TTL))
			.then(attributes.touch(state.id()))
			.then(link.send("pod-1",
					new PodMessage(PodMessage.Type.WAKE, state.id(), "pod-1/a", "pod-1/b", Bytes.EMPTY)))
			.then(store.end(state.id(), "pod-1/a", 1))
			.then(attributes.delete(state.id()))
			.block(TIMEOUT);
		messages.dispose();
		link.left().block(TIMEOUT);
		lettuce.destroy();
		assertThat(threads).isNotEmpty().noneMatch((name) -> name.startsWith("lettuce-"));
	}

}
