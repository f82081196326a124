package io.agentsocket.server;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.session.Durability;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.SessionStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions whose time has come while the store is away.
 */
class ExpiryTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final Duration TTL = Duration.ofMillis(500);

	private final SessionStore store = InMemorySessionStore.shared(Clock.systemUTC());

	private final AtomicInteger ends = new AtomicInteger();

	private volatile boolean away;

	/** Whether the store is back after the first attempt to end a session. */
	private volatile boolean back;

	private TestCluster cluster;

	private AgentSocketClient client;

	@BeforeEach
	void start() {
		this.cluster = new TestCluster(TestCluster.inMemory(awayAtTimes()), Durability.STRICT, TTL, 2,
				() -> new Action[] { Action.named("never").handler((exchange) -> Mono.never()) });
		this.client = AgentSocketClient.builder(this.cluster.uri())
			.backoff(new Backoff(Duration.ofMillis(10), Duration.ofMillis(50)))
			.build();
		this.client.connect().block(TIMEOUT);
	}

	@AfterEach
	void stop() {
		this.away = false;
		this.client.close().block(TIMEOUT);
		this.cluster.close();
	}

	private SessionStore awayAtTimes() {
		return (SessionStore) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { SessionStore.class },
				(proxy, method, args) -> {
					try {
						if (method.getName().equals("end")) {
							this.ends.incrementAndGet();
						}
						Object result = method.invoke(this.store, args);
						return (result instanceof Mono<?> mono) ? Mono
							.defer(() -> isAway(method) ? Mono.error(new IllegalStateException("out of reach")) : mono)
								: result;
					}
					catch (InvocationTargetException ex) {
						throw ex.getCause();
					}
				});
	}

	private boolean isAway(Method method) {
		boolean now = this.away;
		if (this.back && method.getName().equals("end")) {
			this.away = false;
		}
		return now;
	}

	/** The agent comes to a pod that is dead, and stays away. */
	private void leave() {
		this.client.invoke("never").toMono(String.class).subscribe(null, (error) -> {
		});
		Await.until(() -> !this.cluster.pod(0).server().isIdle());
		this.cluster.shut();
	}

	@Test
	void sessionEndsHereWhenTheStoreStaysAway() {
		this.away = true;
		leave();
		Await.until(() -> this.cluster.pod(0).server().sessions().isEmpty());
		assertThat(this.ends).hasPositiveValue();
		Await.until(() -> this.cluster.pod(0).peers().isEmpty());
	}

	@Test
	void sessionIsTakenOutOfTheStoreWhenThatIsBack() {
		String id = this.client.sessionId();
		this.back = true;
		this.away = true;
		leave();
		Await.until(() -> this.cluster.pod(0).server().sessions().isEmpty());
		assertThat(this.ends).hasValueGreaterThan(1);
		assertThat(this.store.find(id).blockOptional(TIMEOUT)).isEmpty();
	}

}
