package io.agentsocket.session;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.Await;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link StoredAgentSession}.
 */
class StoredAgentSessionTests {

	private static final Duration TIMEOUT = Await.LONG;

	private final SessionState state = new SessionState("id", "l", 1, null, AgentInfo.UNKNOWN, "cbor", Instant.now());

	private final SessionAttributes attributes = SpringSessionAttributes.inMemory();

	private final StoredAgentSession session = session();

	private StoredAgentSession session() {
		return new StoredAgentSession(this.state, null, Map.of(), this.attributes, Mono::empty);
	}

	@BeforeEach
	void create() {
		this.attributes.create(this.state, TIMEOUT).block(TIMEOUT);
	}

	private static Mono<Integer> increment(AgentSession session) {
		return session.updateAttribute("n", Integer.class, (before) -> (before != null) ? before + 1 : 1);
	}

	@Test
	void setIsSeenAtOnceAndHappensWithoutASubscriber() {
		this.session.setAttribute("n", 1);
		assertThat(this.session.attribute("n", Integer.class)).contains(1);
		assertThat(this.attributes.load("id").block(TIMEOUT)).containsEntry("n", 1);
		this.session.setAttribute("n", null);
		assertThat(this.session.attributeNames()).isEmpty();
	}

	@Test
	void twoCopiesOfASessionLoseNoUpdate() {
		StoredAgentSession other = session();
		Await.end(Flux.range(0, 200).flatMap((i) -> increment((i % 2 == 0) ? this.session : other)).then());
		assertThat(this.attributes.load("id").block(TIMEOUT)).containsEntry("n", 200);
		assertThat(increment(other).block(TIMEOUT)).isEqualTo(201);
		assertThat(other.attribute("n", Integer.class)).contains(201);
	}

	@Test
	void updateWithoutASubscriberHappensAndIsSeenWhenItIsStored() {
		increment(this.session);
		assertThat(increment(this.session).block(TIMEOUT)).isEqualTo(2);
		assertThat(this.session.attribute("n", Integer.class)).contains(2);
		assertThat(this.session.updateAttribute("n", Integer.class, (before) -> null).block(TIMEOUT)).isNull();
		assertThat(this.session.attributeNames()).isEmpty();
	}

	@Test
	void whatIsSetAfterAnUpdateStays() {
		for (int i = 0; i < 100; i++) {
			Mono<Integer> update = increment(this.session);
			Mono<Void> set = this.session.setAttribute("n", 1000 + i);
			assertThat(this.session.attribute("n", Integer.class)).contains(1000 + i);
			Mono.when(update, set).block(TIMEOUT);
			assertThat(this.session.attribute("n", Integer.class)).contains(1000 + i);
		}
	}

	@Test
	void writeThatThrowsFailsAndHoldsNoLaterUpdateBack() {
		AtomicBoolean broken = new AtomicBoolean(true);
		SessionAttributes sometimes = (SessionAttributes) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { SessionAttributes.class }, (proxy, method, arguments) -> {
					if (broken.get()) {
						throw new IllegalStateException("broken");
					}
					return method.invoke(this.attributes, arguments);
				});
		StoredAgentSession failing = new StoredAgentSession(this.state, null, Map.of(), sometimes, Mono::empty);
		StepVerifier.create(Await.ended(failing.setAttribute("n", 1))).expectErrorMessage("broken").verify(TIMEOUT);
		StepVerifier.create(Await.ended(increment(failing))).expectErrorMessage("broken").verify(TIMEOUT);
		broken.set(false);
		this.attributes.write("id", "n", 7).block(TIMEOUT);
		assertThat(increment(failing).block(TIMEOUT)).isEqualTo(8);
		assertThat(failing.attribute("n", Integer.class)).contains(8);
	}

	@Test
	void updateBehindAWriteIsSeen() {
		Sinks.Empty<Void> stored = Sinks.empty();
		SessionAttributes slow = (SessionAttributes) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { SessionAttributes.class }, (proxy, method, arguments) -> {
					Mono<?> done = (Mono<?>) method.invoke(this.attributes, arguments);
					return method.getName().equals("write") ? done.then(stored.asMono()) : done;
				});
		StoredAgentSession later = new StoredAgentSession(this.state, null, Map.of(), slow, Mono::empty);
		Mono<Integer> both = later.setAttribute("n", 1).then(Mono.defer(() -> increment(later))).cache();
		both.subscribe();
		stored.tryEmitEmpty();
		assertThat(both.block(TIMEOUT)).isEqualTo(2);
		assertThat(later.attribute("n", Integer.class)).contains(2);
	}

	@Test
	void updateOfAnotherTypeFails() {
		this.session.setAttribute("n", "text");
		StepVerifier.create(Await.ended(increment(this.session)))
			.expectError(IllegalArgumentException.class)
			.verify(TIMEOUT);
		assertThat(this.session.attribute("n", String.class)).contains("text");
	}

}
